import { loadConfig } from '../../src/config/config.js';
import type { Variable } from '../../src/config/variable.js';
import { variables, variablesByTopic } from '../../src/config/variables.js';
import { refusedVariables, testEnvironments } from '../support/configuration.js';

const { development } = testEnvironments();

describe('the variables', () => {
  it('are each documented under one topic', () => {
    const names = Object.values(variablesByTopic).flatMap((topic) => Object.keys(topic));
    expect(names).toEqual(Object.keys(variables));
    expect(new Set(names).size).toBe(names.length);
  });

  it('have a default, or words that say what happens without one', () => {
    for (const variable of Object.values<Variable>(variables)) {
      expect(variable.default === undefined).toBe(variable.otherwise !== undefined);
    }
  });

  it('have defaults and examples in their own format', () => {
    for (const { format, default: fallback, example } of Object.values<Variable>(variables)) {
      for (const text of [fallback, example]) if (text !== undefined) expect(() => format.parse(text)).not.toThrow();
    }
  });
});

describe('DATABASE_POOL_SIZE', () => {
  it('is 10 unless it is set, and neither so small that one transaction blocks all others nor unbounded', () => {
    const sized = (DATABASE_POOL_SIZE: string) => ({ ...development(), DATABASE_POOL_SIZE });
    expect(loadConfig(development()).databasePoolSize).toBe(10);
    expect(loadConfig(sized('2')).databasePoolSize).toBe(2);
    expect(loadConfig(sized('1000')).databasePoolSize).toBe(1000);
    for (const refused of ['0', '1', '1001', '-1', '10.5', 'ten'])
      expect(refusedVariables(sized(refused))).toEqual(['DATABASE_POOL_SIZE']);
  });
});

describe('MAX_QUERY_COST', () => {
  it('is 10,000 unless it is set, and at least 1', () => {
    const costing = (MAX_QUERY_COST: string) => ({ ...development(), MAX_QUERY_COST });
    expect(loadConfig(development()).maxQueryCost).toBe(10_000);
    expect(loadConfig(costing('1')).maxQueryCost).toBe(1);
    expect(loadConfig(costing('1000000')).maxQueryCost).toBe(1_000_000);
    for (const refused of ['0', '-1', '0.5', '1000001', '1e3', 'Infinity', 'many'])
      expect(refusedVariables(costing(refused))).toEqual(['MAX_QUERY_COST']);
  });
});
