import { dirname, join, relative, resolve, sep } from "node:path";
import { SyntaxKind } from "typescript/unstable/ast";
import {
  isCallExpression,
  isExportDeclaration,
  isIdentifier,
  isImportDeclaration,
  isStringLiteral,
  isVariableDeclaration,
} from "typescript/unstable/ast/is";
import { API } from "typescript/unstable/sync";

/** Our TypeScript, and our scripts in plain JavaScript. */
export const projects = ["tsconfig.json", "scripts/tsconfig.json"];

/** @typedef {import("typescript/unstable/ast").Node} Node */
/** @typedef {import("typescript/unstable/ast").SourceFile} SourceFile */

/**
 * One import. `type` ones are erased before the code runs, `dynamic` ones load when their line is reached.
 *
 * @typedef {object} Import
 * @property {string} from a file, relative to the root
 * @property {string} to a file, relative to the root, or the specifier of a package or of a module of Node.js
 * @property {boolean} isFile
 * @property {"static" | "dynamic" | "type"} kind
 */

/**
 * Reads the import graph with the compiler's own parser, so that what it says is what is there: `import`, `export …
 * from`, `import()`, types, and `require` made by `createRequire`.
 *
 * @param {string} root
 * @param {readonly string[]} configFiles the tsconfig.json files, relative to the root, whose source files are read
 * @returns {Import[]}
 * @throws {Error} if one names none: an empty graph breaks no rule
 */
export function readImports(root, configFiles) {
  const api = new API({ cwd: root });
  try {
    const snapshot = api.updateSnapshot({ openProjects: configFiles.map((name) => join(root, name)) });
    return configFiles.flatMap((name) => {
      const project = snapshot.getProject(join(root, name));
      if (!project?.rootFiles.length) throw new Error(`${join(root, name)} names no source files`);
      return project.rootFiles.flatMap((file) => {
        const source = project.program.getSourceFile(file);
        return source ? importsOf(source, root) : [];
      });
    });
  } finally {
    api.close();
  }
}

/**
 * @param {SourceFile} source
 * @param {string} root
 * @returns {Import[]}
 */
function importsOf(source, root) {
  const from = relativePath(root, source.fileName);
  /** @param {string} specifier */
  const target = (specifier) => {
    const isFile = specifier.startsWith(".");
    return { from, to: isFile ? relativePath(root, resolve(dirname(source.fileName), specifier)) : specifier, isFile };
  };
  const imports = source.imports.filter(isStringLiteral).map((node) => ({ ...target(node.text), kind: kindOf(node) }));
  const required = requiredBy(source).map((specifier) => ({
    ...target(specifier),
    kind: /** @type {const} */ ("static"),
  }));
  return [...imports, ...required];
}

/**
 * @param {Node} specifier
 * @returns {Import["kind"]}
 */
function kindOf({ parent }) {
  if (isImportDeclaration(parent)) return isTypeOnly(parent.importClause) ? "type" : "static";
  if (isExportDeclaration(parent)) return parent.isTypeOnly ? "type" : "static";
  return isCallExpression(parent) ? "dynamic" : "type";
}

/** @param {import("typescript/unstable/ast").ImportClause | undefined} clause */
function isTypeOnly(clause) {
  return clause?.phaseModifier === SyntaxKind.TypeKeyword;
}

/**
 * @param {SourceFile} source
 * @returns {string[]} what it loads through functions made by `createRequire`
 */
function requiredBy(source) {
  /** @type {Set<string>} */
  const loaders = new Set();
  /** @type {string[]} */
  const specifiers = [];
  /** @param {Node} node */
  const visit = (node) => {
    if (isVariableDeclaration(node) && isIdentifier(node.name) && makesLoader(node.initializer))
      loaders.add(node.name.text);
    if (isCallExpression(node)) {
      const [argument] = node.arguments;
      const { expression: callee } = node;
      const loads = makesLoader(callee) || (isIdentifier(callee) && loaders.has(callee.text));
      if (loads && argument && isStringLiteral(argument)) specifiers.push(argument.text);
    }
    node.forEachChild(visit);
  };
  visit(source);
  return specifiers;
}

/** @param {Node | undefined} node */
function makesLoader(node) {
  return (
    node !== undefined &&
    isCallExpression(node) &&
    isIdentifier(node.expression) &&
    node.expression.text === "createRequire"
  );
}

/**
 * @param {string} root
 * @param {string} path
 */
function relativePath(root, path) {
  return relative(root, path).split(sep).join("/");
}
