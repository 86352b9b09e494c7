import { registerEnumType } from 'type-graphql';

/** Registers an enum of the schema whose values are the keys of a table, described by its entries. */
export const registerDescribedEnum = <K extends string>(
  name: string,
  description: string,
  descriptions: Readonly<Record<K, string>>,
): Record<K, K> => {
  const keys = Object.keys(descriptions) as K[];
  const enumeration = Object.fromEntries(keys.map((key) => [key, key])) as Record<K, K>;
  const valuesConfig = Object.fromEntries(keys.map((key) => [key, { description: descriptions[key] }]));
  registerEnumType(enumeration, {
    name,
    description,
    valuesConfig: valuesConfig as Record<K, { description: string }>,
  });
  return enumeration;
};
