/** Builds dist/ once, before the tests that start it as a process; types are checked by `npm run check`. */
import { execFileSync } from "node:child_process";

export default function build(): void {
  execFileSync("npm", ["run", "--silent", "build", "--", "--noCheck"], { stdio: "inherit" });
}
