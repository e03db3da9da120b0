import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'acorn';
import { full } from 'acorn-walk';
import { transformSync } from 'esbuild';

/** A regular expression of a program. */
export interface FoundExpression {
  /** Its file and its source, for messages. */
  name: string;
  expression: RegExp;
}

type Constants = Map<string, string>;

// biome-ignore lint/suspicious/noExplicitAny: nodes of every kind, told apart by their type
type SyntaxNode = any;

/**
 * Every regular expression in the TypeScript files of a folder, literals and those made of constant texts.
 *
 * @throws Error for one that is made of anything else
 */
export function findExpressions(folder: string): FoundExpression[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
    .flatMap((path) => expressionsOf(join(folder, path)));
}

function expressionsOf(path: string): FoundExpression[] {
  const loader = path.endsWith('.tsx') ? 'tsx' : 'ts';
  const { code } = transformSync(readFileSync(path, 'utf8'), { loader, target: 'esnext' });
  const constants: Constants = new Map();
  const found: FoundExpression[] = [];
  const add = (source: string, flags: string) => {
    found.push({ name: `${path}: /${source}/${flags}`, expression: new RegExp(source, flags) });
  };
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
  full(program, (node: SyntaxNode) => {
    if (node.type !== 'VariableDeclarator' || node.init === null) return;
    const text = textOf(node.init, constants);
    if (node.id.type === 'Identifier' && text !== undefined) constants.set(node.id.name, text);
  });
  full(program, (node: SyntaxNode) => {
    if (node.type === 'Literal' && node.regex) add(node.regex.pattern, node.regex.flags);
    const isCall = node.type === 'NewExpression' || node.type === 'CallExpression';
    if (!isCall || node.callee.name !== 'RegExp') return;
    const [source, flags] = node.arguments.map((part: SyntaxNode) => textOf(part, constants));
    if (source === undefined) {
      throw new Error(
        `${path}: what its RegExp is made of is not constant: ${code.slice(node.start, node.end)}`,
      );
    }
    add(source, flags ?? '');
  });
  return found;
}

/** The text that an expression stands for; undefined unless it is constant. */
function textOf(node: SyntaxNode, constants: Constants): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type === 'Identifier') return constants.get(node.name);
  if (node.type === 'TaggedTemplateExpression' && node.tag.property?.name === 'raw') {
    return joined(node.quasi, 'raw', constants);
  }
  return node.type === 'TemplateLiteral' ? joined(node, 'cooked', constants) : undefined;
}

function joined(node: SyntaxNode, form: 'raw' | 'cooked', constants: Constants) {
  const parts = node.expressions.map((part: SyntaxNode) => textOf(part, constants));
  if (parts.includes(undefined)) return undefined;
  return node.quasis
    .map(({ value }: SyntaxNode, at: number) => value[form] + (parts[at] ?? ''))
    .join('');
}
