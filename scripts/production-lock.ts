/** The members of a package.json or lock file entry that determine which packages are installed. */
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package-lock.json, version 3: `packages` by path, with the project itself under the empty path. */
export interface Lock {
  readonly packages: Readonly<Record<string, Manifest>>;
}

/**
 * Removes the packages that production does not need. `npm ci --omit=dev` also installs development dependencies that are
 * optional peers of other packages: Prisma's command line, TypeScript and React, which have 400 MB.
 */
export const productionLock = <T extends Lock>(lock: T): T => {
  const { devDependencies: _omitted, ...project } = lock.packages[''] ?? {};
  const needed = new Set<string>();
  const need = (path: string | undefined): void => {
    const entry = path === undefined ? undefined : lock.packages[path];
    if (path === undefined || !entry || needed.has(path)) return;
    needed.add(path);
    for (const name of neededBy(entry)) need(locate(lock, path, name));
  };
  for (const name of neededBy(project)) need(locate(lock, '', name));
  const packages = Object.entries(lock.packages).filter(([path]) => needed.has(path));
  return { ...lock, packages: Object.fromEntries([['', project], ...packages]) };
};

const neededBy = ({
  dependencies,
  optionalDependencies,
  peerDependencies,
  peerDependenciesMeta,
}: Manifest): string[] => [
  ...Object.keys({ ...dependencies, ...optionalDependencies }),
  ...Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta?.[name]?.optional !== true),
];

/** Resolves a package like Node: in the node_modules of the dependent package, then in each parent folder. */
const locate = ({ packages }: Lock, from: string, name: string): string | undefined => {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (folder === '') return undefined;
  }
};
