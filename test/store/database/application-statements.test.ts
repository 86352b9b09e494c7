import { assertApplicationStatement, ForbiddenStatement } from '../../../src/store/database/application-statements.js';

const check = (sql: string) => () => {
  assertApplicationStatement(sql);
};

describe.each(['"public".', '"tenant ""a""".', ''])('a statement with the schema %j', (schema) => {
  it.each([
    `SELECT ${schema}"user"."id", ${schema}"user"."name" FROM ${schema}"user" WHERE ${schema}"user"."id" = $1 LIMIT $2`,
    `SELECT "t0"."auth_kind" FROM ${schema}"task" AS "t0" LEFT JOIN ${schema}"user" AS "j0" ON ("j0"."id") = ("t0"."owner_id")`,
    `INSERT INTO ${schema}"task" ("id","note; auth_") VALUES ($1,$2) RETURNING ${schema}"task"."id"`,
    `INSERT INTO ${schema}"user_note" ("id") VALUES ($1) ON CONFLICT DO NOTHING`,
    `DELETE FROM ${schema}"task" WHERE (1=1)`,
    `UPDATE ${schema}"task" SET "email" = $1, "name" = $2 WHERE ${schema}"task"."id" = $3`,
    `UPDATE ${schema}"user" SET "time_zone" = $1 WHERE (${schema}"user"."id" = $2 AND 1=1) RETURNING ${schema}"user"."id"`,
    `UPDATE ${schema}"user" SET "points" = (${schema}"user"."points" + $1), "time_zone" = $2 WHERE ("email" = $3)`,
  ])('that belongs to the application is accepted: %s', (sql) => {
    expect(check(sql)).not.toThrow();
  });

  it.each([
    `INSERT INTO ${schema}"user" ("id","email") VALUES ($1,$2) ON CONFLICT ("id") DO UPDATE SET "time_zone" = $3`,
    `DELETE FROM ${schema}"user" WHERE ${schema}"user"."id" = $1`,
    `UPDATE ${schema}"user" SET "email" = $1 WHERE (1=1)`,
    `UPDATE ${schema}"user" SET "time_zone" = $1, "disabled_at" = $2 WHERE (1=1)`,
    `UPDATE ${schema}"user" SET "name_folded" = $1`,
    `UPDATE ${schema}"user" AS "u" SET "time_zone" = $1`,
    `SELECT "hash" FROM ${schema}"auth_password_credential"`,
    `SELECT 1 FROM ${schema}"task" JOIN ${schema}"auth_session" AS "j" ON (1=1)`,
    `SELECT 1 FROM ${schema}"task" WHERE "id" IN (SELECT "user_id" FROM ${schema}"auth_session")`,
    `INSERT INTO ${schema}"auth_user_role" ("user_id","role") VALUES ($1,$2)`,
    `UPDATE ${schema}"auth_session" SET "revoked_at" = NULL`,
    `DELETE FROM ONLY ${schema}"auth_session"`,
    `TRUNCATE ${schema}"user"`,
    `WITH "x" AS (DELETE FROM ${schema}"user") SELECT 1`,
    `SELECT 1; DELETE FROM ${schema}"user"`,
    `SELECT hash FROM auth_password_credential`,
  ])('that is not for the application is refused: %s', (sql) => {
    expect(check(sql)).toThrow(ForbiddenStatement);
  });
});

it.each(['BEGIN', 'SET ROLE postgres', 'update "user" SET "email" = $1', ' SELECT 1', 'COPY "user" TO STDOUT'])(
  'only what Prisma generates is executed, and not: %s',
  (sql) => {
    expect(check(sql)).toThrow(ForbiddenStatement);
  },
);
