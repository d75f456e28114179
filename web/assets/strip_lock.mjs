// The lock file must name no network address: it is installed from whatever registry the machine
// is set up for.  npm leaves the addresses of registries out (--omit-lockfile-registry-resolved);
// the addresses of sponsors it copies from the packages are removed here.
import { readFileSync, writeFileSync } from "node:fs";

const file = "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8"));
for (const entry of Object.values(lock.packages)) {
  delete entry.funding;
}
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
