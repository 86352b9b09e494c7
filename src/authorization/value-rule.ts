import {
  getNamedType,
  GraphQLError,
  isEnumType,
  ValuesOfCorrectTypeRule,
  type GraphQLInputType,
  type ObjectFieldNode,
  type ValidationRule,
} from 'graphql';

const names = String.raw`(?:"\w+"(?:, or | or |, )?)+`;

const messagesOfNames = [
  String.raw`Field "\w+(?:\.\w+)?" of required type "[\w![\]]+" was not provided\.`,
  String.raw`Field "\w+" is not defined by type "\w+"\.(?: Did you mean ${names}\?)?`,
  String.raw`Field "\w+(?:\.\w+)?" must be non-null\.`,
  String.raw`OneOf Input Object "\w+" must specify exactly one key\.`,
  String.raw`Exactly one key must be specified for OneOf type "\w+"\.`,
  String.raw`Variable "\$\w+" must be non-nullable to be used for OneOf Input Object "\w+"\.`,
].map((pattern) => new RegExp(`^${pattern}$`));

/** Tells whether a message of graphql-js about an input value consists of names. Any other may quote the value. */
export const containsNamesOnly = (message: string): boolean => messagesOfNames.some((pattern) => pattern.test(message));

const enumSuggestion = new RegExp(String.raw` Did you mean the enum value ${names}\?$`);

/** Returns the message that a value does not have its type, with the nearest enum values if graphql-js has suggested any. */
export const wrongTypeMessage = (
  place: string,
  expected: GraphQLInputType | null | undefined,
  message: string,
): string => {
  const suggestion = isEnumType(getNamedType(expected)) ? enumSuggestion.exec(message)?.[0] : undefined;
  return `${place} does not have the expected type "${String(expected)}".${suggestion ?? ''}`;
};

/**
 * The rule `ValuesOfCorrectType` of GraphQL, with messages that say where a value of another type is and which type is expected
 * there, and never the value: a document may contain a password.
 */
export const valuesOfCorrectType: ValidationRule = (context) => {
  /** The input fields around the current value, from the outermost. */
  const fields: string[] = [];
  const textOf = (message: string): string => {
    if (containsNamesOnly(message)) return message;
    const argument = context.getArgument();
    const place = argument
      ? `The argument "${[argument.name, ...fields].join('.')}"`
      : 'The default value of a variable';
    return wrongTypeMessage(place, context.getInputType(), message);
  };
  const reportError = ({ message, nodes = [context.getDocument()] }: GraphQLError) => {
    context.reportError(new GraphQLError(textOf(message), { nodes }));
  };
  const reporting = Object.create(context, { reportError: { value: reportError } }) as typeof context;
  const visitor = ValuesOfCorrectTypeRule(reporting) as { readonly ObjectField: (node: ObjectFieldNode) => void };
  return {
    ...visitor,
    ObjectField: {
      enter: (node) => {
        fields.push(node.name.value);
        visitor.ObjectField(node);
      },
      leave: () => {
        fields.pop();
      },
    },
  };
};
