import { types } from 'node:util';

import type { VariableName } from '../config/variables.js';
import { OperatorError } from '../errors.js';

/** The server cannot listen where the configuration says. The message names the variable. */
class CannotListen extends OperatorError {
  override readonly name = 'CannotListen';
}

/** What Node adds to an error of `listen`. */
interface ListenError {
  readonly code?: string;
  readonly port?: number;
}

type HostVariable = Extract<VariableName, 'HOST' | 'METRICS_HOST'>;
type PortVariable = Extract<VariableName, 'PORT' | 'METRICS_PORT'>;

/** Throws the error of a `listen` call as a sentence that names the variable to change. Any other error stays what it is. */
export const explainListenError =
  (hostName: HostVariable, portName: PortVariable) =>
  (error: unknown): never => {
    const { code, port } = (types.isNativeError(error) ? error : {}) as ListenError;
    switch (code) {
      case 'EADDRINUSE':
        throw new CannotListen(
          `${portName}: another process uses port ${port}. Stop that process, or choose another port.`,
        );
      case 'EACCES':
        throw new CannotListen(
          `${portName}: this user may not listen on port ${port}. Choose a port from 1024 on, or permit the user to.`,
        );
      case 'EADDRNOTAVAIL':
        throw new CannotListen(
          `${hostName}: is not an address of this machine. Use one of its addresses, or 0.0.0.0 for all.`,
        );
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        throw new CannotListen(`${hostName}: the name cannot be resolved. Correct it, or use an IP address.`);
      default:
        throw error;
    }
  };
