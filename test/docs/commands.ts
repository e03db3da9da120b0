import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A command as a document has it. */
export interface DocumentedCommand {
  /** Where it stands, as `README.md:31`. */
  where: string;
  text: string;
  /** What it is said to print, line by line; `…` stands for anything. Empty where nothing is said. */
  output: string[];
}

const FENCE = /^```sh\n(.*?)^```/gms;
const HERE_DOCUMENT = /<<'(\w+)'/;

/** Every document that says how something is done; the changelog says what was. */
export function documents(): string[] {
  const files = execFileSync('git', ['ls-files', '*.md']).toString().trim().split('\n');
  return files.filter((file) => file !== 'CHANGELOG.md');
}

/** The shell commands of a document, in their order. */
export function commandsOf(file: string): DocumentedCommand[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(FENCE)].flatMap((block) => {
    const firstLine = text.slice(0, block.index).split('\n').length + 1;
    return commandsOfBlock(block[1] as string, file, firstLine);
  });
}

function commandsOfBlock(block: string, file: string, firstLine: number): DocumentedCommand[] {
  const commands: DocumentedCommand[] = [];
  const lines = block.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] as string;
    if (line.startsWith('# ')) commands.at(-1)?.output.push(line.slice(2));
    else if (line.trim() !== '') {
      const end = endOfCommand(lines, at);
      const text = lines.slice(at, end + 1).join('\n');
      commands.push({ where: `${file}:${firstLine + at}`, text, output: [] });
      at = end;
    }
  }
  return commands;
}

/** The last line of a command that starts at one. */
function endOfCommand(lines: readonly string[], start: number): number {
  const mark = HERE_DOCUMENT.exec(lines[start] as string)?.[1];
  if (mark !== undefined) return lines.indexOf(mark, start);
  let end = start;
  while (lines[end]?.endsWith('\\')) end += 1;
  return end;
}

/** Whether what a command printed is what the document says. */
export function isAsStated(output: readonly string[], printed: string): boolean {
  const parts = output.join('\n').split('…').map(escapeRegExp);
  return new RegExp(`^${parts.join('.*')}$`, 's').test(printed.trim());
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
