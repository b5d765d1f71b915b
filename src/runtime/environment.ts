/** What every program may see. Secrets of other vendors, of this product and of the person's shell are not in it. */
const common = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_*',
  'TZ',
  'TERM',
  'COLORTERM',
  'XDG_*',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'SystemRoot',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
];

/** Git settings for throw-away branches: an identity, no hooks, no signing, no questions. */
function gitSettings(agent: string): Record<string, string> {
  const email = `${agent}@tutti.localhost`;
  return {
    GIT_AUTHOR_NAME: agent,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: agent,
    GIT_COMMITTER_EMAIL: email,
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'core.hooksPath',
    GIT_CONFIG_VALUE_0: '/dev/null',
    GIT_CONFIG_KEY_1: 'commit.gpgsign',
    GIT_CONFIG_VALUE_1: 'false',
  };
}

/** The part of an environment whose names are on the list; a trailing `*` matches any ending. */
export function pick(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const exact = new Set(names.filter((name) => !name.endsWith('*')));
  const beginnings = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (exact.has(name) || beginnings.some((beginning) => name.startsWith(beginning))) picked[name] = value;
  }
  return picked;
}

/** The whole environment of an agent's run: what all may see, what its vendor needs, and our marks. */
export function agentEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  run: {
    readonly job: string;
    readonly agent: string;
    readonly attempt: number;
    readonly mode: string;
    readonly resume: string | null;
    readonly names: readonly string[];
    readonly temporary: string;
    /** The job's own folder, for what an agent keeps beside its worktree. */
    readonly folder: string;
    /** The only hosts a browser may go to. */
    readonly hosts?: readonly string[] | undefined;
  },
): Record<string, string> {
  return {
    ...pick(env, [...common, ...run.names]),
    ...gitSettings(run.agent),
    TMPDIR: run.temporary,
    TUTTI_FOLDER: run.folder,
    TUTTI_JOB: run.job,
    TUTTI_AGENT: run.agent,
    TUTTI_ATTEMPT: String(run.attempt),
    TUTTI_MODE: run.mode,
    ...(run.resume === null ? {} : { TUTTI_RESUME: run.resume }),
    ...(run.hosts ? { TUTTI_HOSTS: run.hosts.join(' ') } : {}),
  };
}

/** The environment of a check command: no vendor's secrets at all. */
export function commandEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  job: string,
  temporary: string,
): Record<string, string> {
  return { ...pick(env, common), CI: '1', TMPDIR: temporary, TUTTI_JOB: job };
}
