/** A pipe of the kernel's, by its two descriptors, which are the asker's to close and are closed in every program it starts. */
export interface Pipe {
  readFd: number
  writeFd: number
}

/** Makes a pipe; null where none can be had. */
export type Pipes = () => Pipe | null
