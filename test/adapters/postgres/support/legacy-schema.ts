/** The tables as an existing fleet may have them: serial ids, short texts, timestamps without time zone, rows at work. */
export const legacySchema = `
create table jr_work_queue (
  id serial primary key,
  title varchar(255) not null,
  description text,
  source varchar(50),
  created_by varchar(12),
  assigned_jr varchar(100),
  status varchar(20) default 'pending',
  priority int,
  sacred_fire_priority int default 0,
  progress_percent int,
  created_at timestamp default now(),
  started_at timestamp,
  notes text
);
create table jr_status (
  jr_name varchar(100) primary key,
  status varchar(20),
  is_online boolean default false,
  last_seen timestamp,
  current_load int default 0
);
insert into jr_work_queue (title, source, created_by, assigned_jr, status, priority, created_at, started_at, notes) values
  ('waiting', 'tpm', 'kb', null, 'pending', null, now() - interval '2 hours', null, 'kept'),
  ('nulls', null, null, null, null, null, null, null, null),
  ('assigned', 'tpm', 'kb', 'Research Jr.', 'assigned', 3, now() - interval '1 hour', null, null),
  ('stuck', 'tpm', 'kb', 'Research Jr.', 'in_progress', 5, now() - interval '3 hours', now() - interval '2 hours', null),
  ('done', 'tpm', 'kb', 'Research Jr.', 'completed', 5, now() - interval '1 day', now() - interval '1 day', null);
insert into jr_status values ('Research Jr.', 'active', true, now() - interval '10 minutes', 1);
`
