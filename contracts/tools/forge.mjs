// Runs the native forge of node_modules/@foundry-rs from this package's root, whatever the current directory.
// As a module it gives the other tools `root`, `forgePath` and `runForge`.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const self = fileURLToPath(import.meta.url);

export const root = path.resolve(path.dirname(self), "..");

const ARCHITECTURES = { x64: "amd64", arm64: "arm64" };
const SYSTEMS = { linux: "linux", darwin: "darwin", win32: "win32" };

/** The executable itself: npm's wrapper costs a node process and does not pass every signal on. */
export function forgePath() {
  const name = `@foundry-rs/forge-${SYSTEMS[process.platform]}-${ARCHITECTURES[process.arch]}`;
  const require = createRequire(self);
  try {
    const executable = process.platform === "win32" ? "forge.exe" : "forge";
    return path.join(path.dirname(require.resolve(`${name}/package.json`)), "bin", executable);
  } catch {
    throw new Error(`${name} is not installed: run "npm ci" in ${root}`);
  }
}

/** Runs forge and returns its exit status; `options` are those of spawnSync. */
export function runForge(args, options = {}) {
  const result = spawnSync(forgePath(), args, { cwd: root, stdio: "inherit", ...options });
  if (result.error) throw result.error;
  return result;
}

if (process.argv[1] && path.resolve(process.argv[1]) === self) {
  try {
    process.exitCode = runForge(process.argv.slice(2)).status ?? 1;
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
