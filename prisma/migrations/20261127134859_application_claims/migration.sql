-- The claims of the application are stored with the session, so that a refresh has them although the hook fails.
--
-- The column is null in the sessions of the previous release, and as long as the application has no such hook.
ALTER TABLE auth_session
  ADD COLUMN application_claims text,
  ADD CONSTRAINT auth_session_application_claims_check CHECK (octet_length(application_claims) <= 1024);
