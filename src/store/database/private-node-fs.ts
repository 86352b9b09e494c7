import { NodeFS } from '@electric-sql/pglite/nodefs';

type FileSystem = InstanceType<typeof NodeFS>;

/** The operations of Emscripten's NODEFS that set a mode. Its type declarations omit them. */
interface NodeOperations {
  mknod: (parent: object, name: string, mode: number, device: number) => object;
  setattr: (node: object, attributes: { mode?: number | null }) => void;
}

const GROUP_AND_OTHERS = 0o077;

/**
 * A file system for PGlite that creates folders with mode 0700 and files with mode 0600.
 *
 * PGlite requests 0666 and relies on the umask of the process. A different umask would change the mode of every file that the
 * process creates, including those that are not ours, so the permissions of group and others are removed here instead.
 */
export class PrivateNodeFS extends NodeFS {
  override async init(...args: Parameters<FileSystem['init']>): ReturnType<FileSystem['init']> {
    const { emscriptenOpts } = await super.init(...args);
    const makePrivate: NonNullable<typeof emscriptenOpts.preRun>[number] = ({ NODEFS }) => {
      const { node_ops: operations } = NODEFS as unknown as { node_ops: NodeOperations };
      const { mknod, setattr } = operations;
      operations.mknod = (parent, name, mode, device) => mknod(parent, name, mode & ~GROUP_AND_OTHERS, device);
      operations.setattr = (node, attributes) => {
        const { mode } = attributes;
        setattr(node, typeof mode === 'number' ? { ...attributes, mode: mode & ~GROUP_AND_OTHERS } : attributes);
      };
    };
    // Before the folder is mounted.
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [makePrivate, ...(emscriptenOpts.preRun ?? [])] } };
  }
}
