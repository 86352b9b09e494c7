// Converts users of Firebase for `user import`:
//
//   firebase auth:export users.json
//   node examples/import/firebase.mjs users.json hash-config.txt > users.jsonl
//
// hash-config.txt contains the text that the Firebase console shows under Authentication, Users, Password hash parameters.
// Protect all three files, and delete them after the import: anyone who has them can guess passwords.
import { readFileSync } from 'node:fs';

const [usersFile, configFile] = process.argv.slice(2);
if (!usersFile || !configFile) {
  console.error('Usage: node examples/import/firebase.mjs users.json hash-config.txt > users.jsonl');
  process.exit(2);
}

const config = readFileSync(configFile, 'utf8');
const parameter = (name) => {
  const [, value] = new RegExp(`\\b${name}:\\s*([^\\s,]+)`).exec(config) ?? [];
  if (value === undefined) throw new Error(`${configFile} contains no ${name}.`);
  return value;
};
const bytes = (base64) => Buffer.from(base64, 'base64');
const text = (buffer) => buffer.toString('base64').replace(/=+$/, '');

const signerKey = bytes(parameter('base64_signer_key'));
const saltSeparator = bytes(parameter('base64_salt_separator'));
const head = `$scrypt-firebase$ln=${parameter('mem_cost')},r=${parameter('rounds')},p=1`;

// Firebase stores its signer key, encrypted by XOR with a key stream that follows from the password. The key stream is what
// an import needs.
const passwordHashOf = ({ passwordHash, salt }) => {
  if (!passwordHash) return undefined;
  const keyStream = bytes(passwordHash).map((byte, index) => byte ^ signerKey[index]);
  return `${head}$${text(Buffer.concat([bytes(salt), saltSeparator]))}$${text(Buffer.from(keyStream))}`;
};

const { users } = JSON.parse(readFileSync(usersFile, 'utf8'));
for (const user of users) {
  // Users who log in with a phone number have no address.
  if (!user.email) continue;
  const line = {
    email: user.email,
    emailVerified: user.emailVerified === true,
    name: user.displayName,
    createdAt: user.createdAt && new Date(Number(user.createdAt)).toISOString(),
    disabled: user.disabled === true,
    passwordHash: passwordHashOf(user),
  };
  console.log(JSON.stringify(line));
}
