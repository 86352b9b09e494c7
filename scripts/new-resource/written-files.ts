import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files that are written together or not at all. */
export interface WrittenFiles {
  /** Remembers the content of a file that something else is about to change. */
  keep(path: string): void;
  /** Creates a file, or replaces one that was kept. */
  write(path: string, content: string): void;
  /** Removes a file or folder that something else has created, if everything is undone. */
  created(path: string): void;
  /** Restores what was there before. */
  undo(): void;
}

export const createWrittenFiles = (root: string): WrittenFiles => {
  const before = new Map<string, string>();
  const added: string[] = [];
  return {
    keep(path) {
      before.set(path, readFileSync(join(root, path), 'utf8'));
    },
    write(path, content) {
      const isKept = before.has(path);
      mkdirSync(dirname(join(root, path)), { recursive: true });
      // Nothing that exists is replaced, or removed by `undo`, unless it was kept.
      writeFileSync(join(root, path), content, { flag: isKept ? 'w' : 'wx' });
      if (!isKept) added.push(path);
    },
    created(path) {
      added.push(path);
    },
    undo() {
      for (const [path, content] of before) writeFileSync(join(root, path), content);
      for (const path of added) {
        rmSync(join(root, path), { recursive: true, force: true });
        removeIfEmpty(join(root, dirname(path)));
      }
    },
  };
};

const removeIfEmpty = (folder: string): void => {
  if (readdirSync(folder, { withFileTypes: true }).length === 0) rmdirSync(folder);
};
