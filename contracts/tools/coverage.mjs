// Line, statement, branch and function coverage of src/ by the unit tests; fails when anything is below 100 %.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { runForge } from "./forge.mjs";

// Random sequences and gas measurements show other things than that each rule has a test of its own.
const OTHER_TESTS = "test/{differential,invariant,reference,gas}/**";
const KINDS = { line: /^DA:(\d+),0(?:,|$)/, branch: /^BRDA:(\d+),\d+,\d+,(?:0|-)$/, function: /^FNDA:0,(.+)$/ };

/** Every line, branch and function that no test has reached. */
function uncovered(lcov) {
  let file;
  const found = [];
  for (const row of lcov.split("\n")) {
    if (row.startsWith("SF:")) file = row.slice(3);
    for (const [kind, pattern] of Object.entries(KINDS)) {
      const match = row.match(pattern);
      if (match) found.push(`${file}: ${kind} ${match[1]} is not covered`);
    }
  }
  return found;
}

function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "coverage-"));
  const report = path.join(folder, "lcov.info");
  try {
    const { status } = runForge([
      ...["coverage", "--no-match-path", OTHER_TESTS, "--no-match-coverage", "^(test|node_modules)/"],
      ...["--report", "summary", "--report", "lcov", "--report-file", report],
    ]);
    if (status !== 0) return status ?? 1;
    const missing = uncovered(fs.readFileSync(report, "utf8"));
    for (const line of missing) console.error(line);
    return missing.length === 0 ? 0 : 1;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
