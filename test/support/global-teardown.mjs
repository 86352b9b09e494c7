/** Drops what a run leaves on PostgreSQL: the template that its suites copied, and the database of a suite that failed. */
import pg from 'pg';

const tearDown = async () => {
  const { TEST_DATABASE_URL: url, GATEHOUSE_TEST_RUN: run } = process.env;
  if (!url || !run) return;
  const client = new pg.Client(url);
  await client.connect();
  try {
    const found = 'SELECT datname AS name FROM pg_database WHERE datname LIKE $1';
    const { rows } = await client.query(found, [`gatehouse\\_%\\_${run}%`]);
    for (const { name } of rows) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  } finally {
    await client.end();
  }
};

export default tearDown;
