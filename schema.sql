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

-- @step 8: connections
alter table server add column owner_id text references user (id) on delete cascade;  -- null: the organisation's
alter table server add column source text not null default '';  -- 'preset' and 'member' are told apart from origin here
alter table server add column external_key text not null default '';
alter table server add column member_headers text not null default '[]';
alter table server add column tool_default text not null default 'allow';
alter table server add column tool_policy text not null default '{}';     -- JSON object: name to policy
alter table server add column rollout text not null default 'on';
alter table server add column pilot_people text not null default '[]';
alter table server add column pilot_teams text not null default '[]';
drop index server_slug;
create unique index server_slug on server (coalesce(owner_id, ''), lower(slug));
create unique index server_external_key on server (external_key) where external_key <> '';
create index server_owner on server (owner_id) where owner_id is not null;
create table server_test (                                 -- the last look at a server
  server_id     text    primary key references server (id) on delete cascade,
  tested_at     integer not null,
  error         text    not null,                          -- stable id; empty: it went well
  message       text    not null
);
create table member_secret (                               -- a person's value for a header that an admin named
  id            text    primary key,                       -- new with every value
  server_id     text    not null references server (id) on delete cascade,
  user_id       text    not null references user (id) on delete cascade,
  name          text    not null,
  value_sealed  blob    not null,
  updated_at    integer not null,
  unique (server_id, user_id, name)
);
create index member_secret_user on member_secret (user_id);
create table selection (
  user_id       text    not null references user (id) on delete cascade,
  session       text    not null,                          -- a client's own label; empty: the person's
  servers       text    not null,                          -- JSON array of ids
  updated_at    integer not null,
  primary key (user_id, session)
);
create table profile (
  id            text    primary key,
  slug          text    not null,                          -- part of its endpoint, never changes
  title         text    not null,
  description   text    not null,
  is_flat       integer not null check (is_flat in (0, 1)),
  everyone      integer not null check (everyone in (0, 1)),
  people        text    not null,
  teams         text    not null,
  revision      integer not null,
  created_at    integer not null,
  updated_at    integer not null
);
create unique index profile_slug on profile (lower(slug));
create table profile_server (
  profile_id    text    not null references profile (id) on delete cascade,
  server_id     text    not null references server (id) on delete cascade,
  tools         text    not null,                          -- JSON array; empty: all
  primary key (profile_id, server_id)
);
create index profile_server_server on profile_server (server_id);

-- @step 9: identity headers
alter table server add column identity_headers integer not null default 0 check (identity_headers in (0, 1));

-- @step 10: accounts at servers
alter table server add column oauth text not null default '{}';          -- JSON object: how to sign in there
alter table server add column oauth_issuer text not null default '';     -- whom its accounts are signed in with; accepted
create table oauth_client (                                -- what an authorization server knows us as
  id              text    primary key,
  server_id       text    not null references server (id) on delete cascade,
  issuer          text    not null,                        -- '' until first used, for one that an admin typed
  origin          text    not null check (origin in ('typed', 'registered', 'document')),
  client_id       text    not null,
  auth_method     text    not null,
  secret_sealed   blob,
  redirect_uri    text    not null,
  expires_at      integer,                                 -- of the secret
  created_at      integer not null,
  unique (server_id, issuer)
);
create table oauth_account (                               -- signed in at a server
  id              text    primary key,                     -- new with every sign-in
  server_id       text    not null references server (id) on delete cascade,
  user_id         text    references user (id) on delete cascade,  -- null: the organisation's
  client          text    not null,                        -- oauth_client.id
  issuer          text    not null,
  resource        text    not null,
  endpoints       text    not null,                        -- JSON object: token, revocation
  access_sealed   blob,                                    -- null: sign in again
  refresh_sealed  blob,
  scope           text    not null,
  wanted_scope    text    not null,                        -- what a server asked for beyond that
  expires_at      integer,
  generation      integer not null,                        -- grows with every token; who comes late changes nothing
  refreshing      integer not null check (refreshing in (0, 1)),  -- a refresh was sent and its end is not known
  reason          text    not null,                        -- why one must sign in again; empty: one need not
  created_at      integer not null,
  updated_at      integer not null
);
create unique index oauth_account_of on oauth_account (server_id, coalesce(user_id, ''));
create index oauth_account_user on oauth_account (user_id) where user_id is not null;
create table oauth_flow (                                  -- a sign-in under way
  id              text    primary key,
  state_hash      blob    not null unique,
  server_id       text    not null references server (id) on delete cascade,
  user_id         text    references user (id) on delete cascade,  -- whose account it will be; null: the organisation's
  starter_id      text    not null references user (id) on delete cascade,
  session_id      text    not null,                        -- of the browser that began it, and must end it
  client          text    not null,                        -- oauth_client.id
  details         text    not null,                        -- JSON object: issuer, endpoints, resource, scope, redirect URI
  verifier_sealed blob,                                    -- wiped when it is used
  expires_at      integer not null,
  used_at         integer,
  outcome         text    not null,                        -- '', 'done', or why it failed
  message         text    not null,
  trace           text    not null,                        -- JSON array of steps, without secrets
  created_at      integer not null
);
create index oauth_flow_server on oauth_flow (server_id);

-- @step 11: authorization server
create table app (                                         -- a client application that signs people in with us
  id              text    primary key,                     -- its client_id: ours, or the URL of its document
  origin          text    not null check (origin in ('registered', 'document')),
  name            text    not null,                        -- what it says of itself
  redirect_uris   text    not null,                        -- JSON array
  grant_types     text    not null,                        -- JSON array
  auth_method     text    not null,
  secret_hash     blob,
  remote          text    not null,                        -- who registered it
  created_at      integer not null,
  fresh_until     integer,                                 -- of a document
  approved_at     integer                                  -- when a person first let it in
);
create index app_unapproved on app (created_at) where approved_at is null;
create table app_grant (                                   -- a person has let it in
  id              text    primary key,
  app_id          text    not null references app (id) on delete cascade,
  user_id         text    not null references user (id) on delete cascade,
  redirect_host   text    not null,                        -- where its codes go
  resource        text    not null,                        -- the widest that was approved
  scopes          text    not null,
  servers         text,                                    -- JSON array of ids that it may reach; null: all
  created_at      integer not null,
  updated_at      integer not null,
  last_used_at    integer,
  unique (user_id, app_id, redirect_host)
);
create index app_grant_app on app_grant (app_id);
create table app_sign_in (                                 -- the family of one sign-in's tokens; deleted is revoked
  id              text    primary key,
  grant_id        text    not null references app_grant (id) on delete cascade,
  scopes          text    not null,
  resource        text    not null,
  created_at      integer not null
);
create index app_sign_in_grant on app_sign_in (grant_id);
create table app_token (
  hash            blob    primary key,
  kind            text    not null check (kind in ('access', 'refresh')),
  sign_in_id      text    not null references app_sign_in (id) on delete cascade,
  scopes          text    not null,
  resource        text    not null,
  created_at      integer not null,
  expires_at      integer not null,
  rotated_at      integer,                                 -- when a refresh token was used
  successor       blob                                     -- the hash of the one that took its place
);
create index app_token_sign_in on app_token (sign_in_id);
create index app_token_expires on app_token (expires_at);
create table app_code (
  hash            blob    primary key,
  grant_id        text    not null references app_grant (id) on delete cascade,
  redirect_uri    text    not null,
  challenge       text    not null,
  resource        text    not null,
  scopes          text    not null,
  session_id      text    not null,                        -- of the browser that approved it
  expires_at      integer not null,
  used_at         integer,
  sign_in_id      text                                     -- what came of it
);
create index app_code_grant on app_code (grant_id);
create table app_device (                                  -- a machine without a browser that waits (RFC 8628)
  hash            blob    primary key,
  user_code       text    not null unique,
  app_id          text    not null references app (id) on delete cascade,
  scopes          text    not null,
  resource        text    not null,
  remote          text    not null,
  expires_at      integer not null,
  polled_at       integer,
  interval_s      integer not null,
  grant_id        text    references app_grant (id) on delete cascade,
  denied          integer not null check (denied in (0, 1))
);
create index app_device_app on app_device (app_id);
create index app_device_grant on app_device (grant_id) where grant_id is not null;

-- @step 12: what the pages show
create table client_seen (                                 -- the programs that people ask with
  user_id        text    not null references user (id) on delete cascade,
  name           text    not null,                         -- what it calls itself
  version        text    not null,
  first_seen_at  integer not null,
  last_seen_at   integer not null,
  primary key (user_id, name)
);
create table call_count (                                  -- what table event says of calls, added up; can be made anew
  span           integer not null,                         -- milliseconds: a minute, an hour, a day; 0: the last calls
  start          integer not null,
  kind           text    not null check (kind in ('all', 'server', 'tool', 'person', 'last')),
  name           text    not null,
  counts         text    not null,                         -- store/call_counts.h
  primary key (span, kind, start, name)
);
create table event_change (                                -- the rows of table event that are no calls
  sequence       integer primary key
);
create table call_count_mark (
  id             integer primary key check (id = 1),
  sequence       integer not null                          -- the last row of table event that was added
);
