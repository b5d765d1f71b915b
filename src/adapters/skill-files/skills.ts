import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { readSkills, type Skill } from '../../domain/routing/skill.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';

/** Files are looked at no more often than this. */
const LOOK_MS = 1_000;
/** A file longer than this is no skill. Bytes. */
const FILE_MAX = 1 << 20;

export interface SkillFilesOptions {
  /** Folders with `*.json`, or single files; a later one's skill replaces an earlier one's of the same name. */
  readonly places: readonly string[];
  /** Names of the teams a skill may name. */
  readonly teams: ReadonlySet<string>;
  readonly clock: Clock;
  /** Told once of each state of the files that cannot be read. */
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

type Read = { readonly stamp: string; readonly skills: readonly Skill[] };

/** The skills of folders, read again when their files change. */
export class SkillFiles {
  readonly #options: SkillFilesOptions;
  #files = new Map<string, Read>();
  #skills: readonly Skill[] = [];
  #lookedAt: number;
  #warned = '';

  private constructor(options: SkillFilesOptions) {
    this.#options = options;
    this.#lookedAt = options.clock.now();
  }

  /** Reads all files; refuses naming file and key where one is wrong. A folder that is not there holds no skills. */
  static open(options: SkillFilesOptions): Result<SkillFiles> {
    const files = new SkillFiles(options);
    const wrong = files.#look();
    return wrong === null ? ok(files) : refuse('bad_skill', wrong);
  }

  /** The skills as they are now. Where a changed file is wrong, the last good state stays, and a warning says so once. */
  skills(): readonly Skill[] {
    const now = this.#options.clock.now();
    if (now - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = now;
      const wrong = this.#look();
      if (wrong !== null && wrong !== this.#warned) {
        this.#options.warn('a skill file is wrong: the skills stay as they were', { error: wrong });
      }
      this.#warned = wrong ?? '';
    }
    return this.#skills;
  }

  /** Takes in what has changed, all or nothing; answers what is wrong. */
  #look(): string | null {
    const next = new Map<string, Read>();
    try {
      for (const file of this.#options.places.flatMap(filesOf)) {
        const { mtimeMs, size } = statSync(file);
        const stamp = `${mtimeMs} ${size}`;
        const known = this.#files.get(file);
        if (known?.stamp === stamp) {
          next.set(file, known);
          continue;
        }
        const skills = size > FILE_MAX ? tooLong(file) : readFile(file, this.#options.teams);
        if (!skills.ok) return skills.error.message;
        next.set(file, { stamp, skills: skills.value });
      }
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    this.#files = next;
    const named = [...next.values()].flatMap(({ skills }) => skills).map((skill) => [skill.name, skill] as const);
    this.#skills = [...new Map(named).values()];
    return null;
  }
}

function filesOf(place: string): readonly string[] {
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(place, name));
}

function tooLong(file: string): Result<never> {
  return refuse('bad_skill', `${file}: (top): has more than ${FILE_MAX} bytes`);
}

function readFile(file: string, teams: ReadonlySet<string>): Result<readonly Skill[]> {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(file, 'utf8').replace(/^\ufeff/, ''));
  } catch (error) {
    return refuse('bad_skill', `${file}: (top): ${error instanceof Error ? error.message : String(error)}`);
  }
  const read = readSkills(file, data);
  if (!read.ok) return read;
  const lost = read.value.find(({ team }) => team !== undefined && !teams.has(team));
  if (lost) return refuse('bad_skill', `${file}: team: there is no team "${lost.team}" for the skill ${lost.name}`);
  return ok(read.value.map((skill) => (skill.target ? { ...skill, target: placed(skill.target, file) } : skill)));
}

/** A relative folder is meant from the file it stands in. */
function placed(target: string, file: string): string {
  return isAbsolute(target) ? target : resolve(dirname(file), target);
}
