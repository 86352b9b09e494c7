/** Gives a run's databases on PostgreSQL a name in common. Plain JavaScript: Jest imports it without transforming it. */
import { randomBytes } from 'node:crypto';

const setUp = () => {
  process.env.GATEHOUSE_TEST_RUN = randomBytes(4).toString('hex');
};

export default setUp;
