/** The protocol of `--stream` as a person who writes a program for it needs it; src/worker/stream/protocol.ts obeys it. */
export const streamHelp = `
Without --stream the command is started for each task. It reads the task as JSON on stdin and answers in
$JR_RESULT_FILE or on stdout; exit 0 completes, 75 asks for another try, 65 fails for good, any other
code fails the attempt. The environment tells it JR_NAME, JR_TASK_ID, JR_TASK_ATTEMPT and JR_TASK_TITLE; the
gateway's address and this attempt's key stand in OPENAI_BASE_URL, OPENAI_API_KEY, ANTHROPIC_BASE_URL and
ANTHROPIC_API_KEY. It tells how far it is by \`jrctl progress\`.

With --stream it is started once, and each line is a JSON object. It reads on stdin:
  {"attempt": ID, "key": SECRET, "task": {"id": 42, "title": "…", …}}
  {"attempt": ID, "cancel": WHY}        stop that one, and answer when it has
and answers on stdout, in any order:
  {"attempt": ID, "result": ANYTHING}   done
  {"attempt": ID, "error": "why"}       failed, tried again later;
                                        with "retry": false never again
  {"attempt": ID, "progress": 40, "note": "half way"}
  {"ready": true}                       once it has started, if it likes:
                                        tasks come at once then
Every other line of its output goes to the log. The end of stdin means: finish what you have, exit.
SECRET is what this attempt shows to the gateway as its API key. Flush after each line.
A cancel that is not answered within the stop grace ends the command, and it is started anew; its other
tasks are given back unharmed. When it dies by itself, its tasks at hand have failed once; it may leave
with exit 0 after some tasks, to begin afresh.

  import json, sys
  for line in sys.stdin:
      message = json.loads(line)
      if "task" not in message: continue
      words = len(message["task"]["title"].split())
      answer = {"attempt": message["attempt"], "result": words}
      print(json.dumps(answer), flush=True)

  jq --unbuffered -c 'select(.task) | {attempt, result: (.task.title | length)}'
`
