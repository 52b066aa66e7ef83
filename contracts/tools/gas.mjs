// Measures gas on the release build and writes .gas-snapshot (whole tests) and snapshots/*.json (transactions).
// With --check it writes nothing and fails when a figure has changed.
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { root, runForge } from "./forge.mjs";

const TESTS = "test/gas/*";
const SNAPSHOT = ".gas-snapshot";

function measure(check) {
  const args = ["snapshot", "--match-path", TESTS, check ? "--check" : "--snap", SNAPSHOT];
  const env = { ...process.env, FOUNDRY_PROFILE: "release" };
  if (check) env.FORGE_SNAPSHOT_CHECK = "true";
  return runForge(args, { env }).status ?? 1;
}

function printFigures() {
  const folder = path.join(root, "snapshots");
  for (const name of fs.readdirSync(folder).sort()) {
    const figures = JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
    for (const [transaction, gas] of Object.entries(figures)) {
      console.log(`${transaction.padEnd(45)} ${Number(gas).toLocaleString("en-US").padStart(9)}`);
    }
  }
}

try {
  const check = process.argv.includes("--check");
  process.exitCode = measure(check);
  if (process.exitCode === 0) printFigures();
  else if (check) console.error('gas is not what was committed: look at the difference, then run "npm run gas:update"');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
