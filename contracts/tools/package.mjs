// Writes ABI and bytecode of the contracts to beamer_agent/data/contracts/<Name>.json, so that the Python package
// needs no node. With --check it writes nothing and fails when a file is not what the sources compile to.
//
// The compiler is called directly with src/ as its only roots: what tests contain cannot change the result.
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { root, runForge } from "./forge.mjs";

const TARGET = path.resolve(root, "..", "beamer_agent", "data", "contracts");
const MAX_RUNTIME_SIZE = 24_576; // EIP-170

const CONTRACTS = {
  RequestManager: "src/RequestManager.sol",
  FillManager: "src/FillManager.sol",
  Resolver: "src/Resolver.sol",
  FeeSub: "src/FeeSub.sol",
  BatchExecutor: "src/BatchExecutor.sol",
  EthereumL1Messenger: "src/messengers/EthereumL1Messenger.sol",
  EthereumL2Messenger: "src/messengers/EthereumL2Messenger.sol",
  LocalL1Messenger: "src/messengers/LocalL1Messenger.sol",
  LocalL2Messenger: "src/messengers/LocalL2Messenger.sol",
  IMessenger: "src/messengers/IMessenger.sol",
  MintableToken: "src/tokens/MintableToken.sol",
  NonReturningToken: "src/tokens/NonReturningToken.sol",
  Bytes32SymbolToken: "src/tokens/Bytes32SymbolToken.sol",
};

// Those that the agent has to know again when it meets them on a chain; nothing in them is filled in by a constructor.
const WITH_RUNTIME_CODE = new Set(["BatchExecutor"]);

/** What foundry.toml says of the release profile, in the compiler's own terms. */
function settings() {
  const { stdout } = runForge(["config", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, FOUNDRY_PROFILE: "release" },
  });
  const config = JSON.parse(stdout);
  return {
    evmVersion: config.evm_version,
    optimizer: { enabled: config.optimizer, runs: config.optimizer_runs },
    viaIR: config.via_ir,
    metadata: { bytecodeHash: config.bytecode_hash, appendCBOR: config.cbor_metadata },
    remappings: config.remappings,
  };
}

function compile(compilerSettings) {
  const solc = createRequire(import.meta.url)("solc");
  const readImport = (name) => {
    try {
      return { contents: fs.readFileSync(path.join(root, name), "utf8") };
    } catch (error) {
      return { error: String(error) };
    }
  };
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.values(CONTRACTS).map((file) => [file, { content: readImport(file).contents }])),
    settings: {
      ...compilerSettings,
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "metadata"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
  const errors = (output.errors ?? []).filter((error) => error.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join("\n"));
  return { output, version: solc.version() };
}

const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** Hash over the settings and every source file the contract is compiled from, dependencies included. */
function sourcesHash(metadata, compilerSettings) {
  const lines = Object.keys(JSON.parse(metadata).sources)
    .sort()
    .map((file) => `${sha256(fs.readFileSync(path.join(root, file)))}  ${file}\n`);
  return sha256(lines.join("") + JSON.stringify(compilerSettings));
}

function packaged() {
  const compilerSettings = settings();
  const { output, version } = compile(compilerSettings);
  return Object.entries(CONTRACTS).map(([name, file]) => {
    const { abi, evm, metadata } = output.contracts[file][name];
    const size = evm.deployedBytecode.object.length / 2;
    if (size > MAX_RUNTIME_SIZE) throw new Error(`${name} has ${size} bytes, more than ${MAX_RUNTIME_SIZE}`);
    const content = {
      contract: name,
      compiler: version,
      settings: compilerSettings,
      sources_sha256: sourcesHash(metadata, compilerSettings),
      abi,
      bytecode: `0x${evm.bytecode.object}`,
      ...(WITH_RUNTIME_CODE.has(name) && { runtime_code: `0x${evm.deployedBytecode.object}` }),
    };
    return { path: path.join(TARGET, `${name}.json`), text: `${JSON.stringify(content, null, 1)}\n` };
  });
}

const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined);

function staleFiles(files) {
  return files.filter((file) => read(file.path) !== file.text).map((file) => path.basename(file.path));
}

function unknownFiles(files) {
  const known = new Set(files.map((file) => path.basename(file.path)));
  const found = fs.existsSync(TARGET) ? fs.readdirSync(TARGET) : [];
  return found.filter((name) => name.endsWith(".json") && !known.has(name));
}

function main() {
  const files = packaged();
  const shown = path.relative(path.dirname(root), TARGET);
  if (!process.argv.includes("--check")) {
    fs.mkdirSync(TARGET, { recursive: true });
    for (const file of files) fs.writeFileSync(file.path, file.text);
    console.log(`${files.length} contracts written to ${shown}`);
    return 0;
  }
  const stale = staleFiles(files);
  const unknown = unknownFiles(files);
  if (stale.length > 0) {
    console.error(`${shown} is not what contracts/src compiles to: ${stale.join(", ")}; run "npm run package"`);
  }
  if (unknown.length > 0) console.error(`${shown} has files that no contract belongs to: ${unknown.join(", ")}`);
  if (stale.length > 0 || unknown.length > 0) return 1;
  console.log(`${files.length} contracts in ${shown} are what contracts/src compiles to`);
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
