-- The store of Patchbay: steps, applied in order, each in its own transaction, counted in user_version. A released step
-- is never edited; append one. Ids are UUIDv7; times are milliseconds since 1970, UTC. A column whose name ends in
-- _sealed holds what the vault made, bound to its table, column, row id and generation.

-- @step 1: install
create table install (
  id            text    primary key,                       -- equal to install_id of keyring.json
  created_at    integer not null
);
create table setting (
  name          text    primary key,
  value         text    not null,
  updated_at    integer not null
);
create table key_use (
  key_version   integer primary key,                       -- of the field root
  seals         integer not null                           -- a key is changed long before random nonces could meet
);

-- @step 2: servers
create table server (
  id              text    primary key,
  slug            text    not null,                        -- part of every tool name, never changes
  title           text    not null,
  description     text    not null,
  icon            text    not null,
  transport       text    not null,
  url             text    not null,
  auth            text    not null,
  credential_mode text    not null,
  availability    text    not null,
  enabled         integer not null check (enabled in (0, 1)),
  allow_tools     text    not null,                        -- JSON arrays of names, here and below
  deny_tools      text    not null,
  timeout_ms      integer not null,
  ca_file         text    not null,
  pin_sha256      text    not null,
  pin_tools       integer not null check (pin_tools in (0, 1)),
  everyone        integer not null check (everyone in (0, 1)),
  people          text    not null,
  teams           text    not null,
  origin          text    not null check (origin in ('catalog', 'admin')),
  revision        integer not null,                        -- stale writers get a conflict
  created_at      integer not null,
  updated_at      integer not null,
  retired_at      integer                                  -- its catalog entry vanished; purged 30 days later
);
create unique index server_slug on server (lower(slug));
create table server_secret (
  id            text    primary key,                       -- new with every value
  server_id     text    not null references server (id) on delete cascade,
  position      integer not null,                          -- headers keep their order
  name          text    not null,                          -- of the header
  value_sealed  blob    not null,
  unique (server_id, position)
);
create table tool_definition (
  server_id       text    not null references server (id) on delete cascade,
  name            text    not null,                        -- as the upstream calls it
  digest          text    not null,                        -- of the definition last seen
  accepted_digest text    not null,
  held            integer not null check (held in (0, 1)),
  first_seen      integer not null,
  changed_at      integer not null,
  primary key (server_id, name)
);

-- @step 3: tokens
create table token (
  id            text    primary key,
  name          text    not null,
  hash          blob    not null unique,                   -- SHA-256; the token itself is kept nowhere
  scopes        text    not null,
  audience      text    not null,                          -- empty: this appliance, whatever its URL
  created_at    integer not null,
  expires_at    integer,
  revoked_at    integer,
  last_used_at  integer,
  last_client   text    not null
);

-- @step 4: events
create table event (
  sequence       integer primary key,                      -- without gaps; the only index, since every call appends
  at             integer not null,
  actor          text    not null,
  actor_name     text    not null,
  client         text    not null,
  action         text    not null,
  server         text    not null,
  tool           text    not null,
  outcome        text    not null,
  reason         text    not null,
  duration_us    integer not null,
  request_bytes  integer not null,
  response_bytes integer not null,
  remote         text    not null,
  chain          blob    not null                          -- HMAC over the row before and this one
);
create table event_anchor (
  id             integer primary key check (id = 1),
  sequence       integer not null,                         -- of the last row that retention deleted
  chain          blob    not null,
  mac            blob    not null                          -- so that nobody else can move the anchor
);

-- @step 5: audit journal
create table event_journal (
  id             integer primary key check (id = 1),
  generation     integer not null,                         -- of the journal that rows were last taken from
  applied        integer not null                          -- how many of its events are in table event
);

-- @step 6: people
create table user (
  id            text    primary key,
  name          text    not null,                          -- part of grants, never changes
  title         text    not null,
  role          text    not null check (role in ('member', 'auditor', 'admin')),
  is_service    integer not null check (is_service in (0, 1)),
  password      text    not null,                          -- $scrypt$…; empty: cannot sign in by password
  revision      integer not null,
  created_at    integer not null,
  updated_at    integer not null,
  disabled_at   integer,
  last_seen_at  integer
);
create unique index user_name on user (lower(name));
create table team (
  id            text    primary key,
  name          text    not null,                          -- part of grants, never changes
  title         text    not null,
  revision      integer not null,
  created_at    integer not null,
  updated_at    integer not null
);
create unique index team_name on team (lower(name));
create table team_member (
  team_id       text    not null references team (id) on delete cascade,
  user_id       text    not null references user (id) on delete cascade,
  primary key (team_id, user_id)
);
create index team_member_user on team_member (user_id);
create table browser_session (
  id            text    primary key,
  hash          blob    not null unique,                   -- SHA-256; the cookie's value itself is kept nowhere
  user_id       text    not null references user (id) on delete cascade,
  created_at    integer not null,
  last_seen_at  integer not null,
  confirmed_at  integer not null,                          -- when the password was last given
  expires_at    integer not null,                          -- whatever happens
  remote        text    not null,
  client        text    not null
);
create index browser_session_user on browser_session (user_id);
create table invite (
  id            text    primary key,
  hash          blob    not null unique,
  user_id       text    references user (id) on delete cascade,  -- who sets a password with it; null: the first admin
  created_at    integer not null,
  expires_at    integer
);
alter table token add column user_id text references user (id) on delete cascade;
create index token_user on token (user_id);

-- @step 7: session rotation
alter table browser_session add column role text not null default '';  -- of its person when the cookie got its value
alter table browser_session add column old_hash blob;                  -- of the value before that one
alter table browser_session add column old_until integer;              -- until when that is good as well
create index browser_session_old_hash on browser_session (old_hash);
