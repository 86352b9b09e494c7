-- Attempts to guess a password are counted, and the owner's devices can log in while others guess.
--
-- Both columns have a default, so that an instance of the previous release can still count emails. Counters of the previous
-- release have no account, so an unlock does not find them; they expire within an hour.
ALTER TABLE auth_rate_limit
  ADD COLUMN account_key text,
  ADD COLUMN last_spent_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

CREATE INDEX auth_rate_limit_account_key_idx ON auth_rate_limit (account_key);

CREATE TABLE auth_device_token (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  digest bytea NOT NULL,
  failures integer NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT auth_device_token_pkey PRIMARY KEY (id),
  CONSTRAINT auth_device_token_digest_check CHECK (octet_length(digest) = 32),
  CONSTRAINT auth_device_token_failures_check CHECK (failures >= 0),
  CONSTRAINT auth_device_token_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX auth_device_token_user_id_created_at_idx ON auth_device_token (user_id, created_at);
CREATE INDEX auth_device_token_expires_at_idx ON auth_device_token (expires_at);
