import { GraphQLEnumType } from 'graphql';

import { requestErrors } from '../errors.js';

/** The codes of request errors. No field has this type: it is in the schema so that generated clients have the codes. */
export const RequestErrorCodeEnum = new GraphQLEnumType({
  name: 'RequestErrorCode',
  description:
    'The value of `extensions.code` in an entry of `errors`. `extensions.retryable` tells whether the identical request may succeed later. No field has this type. Later versions and the application may add codes: keep a `default:` in every switch.',
  values: Object.fromEntries(
    Object.entries(requestErrors).map(([code, { meaning }]) => [code, { description: meaning }]),
  ),
});
