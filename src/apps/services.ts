import type { Readable, Writable } from 'node:stream';
import type { Certificate } from '../adapters/certificate-file/certificate.ts';
import type { DataFolder } from '../adapters/data-folder/folder.ts';
import type { Traces } from '../adapters/traces/traces.ts';
import type { Routing } from '../domain/routing/route.ts';
import type { Clock } from '../kit/clock.ts';
import type { Result } from '../kit/result.ts';
import type { AgentDriver } from '../ports/agent.ts';
import type { Engine } from '../ports/engine.ts';
import type { Workspaces } from '../ports/workspaces.ts';
import type { Catalogue } from '../runtime/submission.ts';
import type { Log, Workshop } from '../runtime/workshop.ts';
import type { TuttiClient } from '../wire/client.ts';
import type { Config } from '../wire/config.ts';
import type { EdgeConfig } from '../wire/edge-config.ts';
import type { Caller } from '../wire/token.ts';

// What one app offers another. Apps never import each other: the command line hands these over.

type Env = Readonly<Record<string, string | undefined>>;

/** A skill as the gateway shows it. */
export interface SkillView {
  readonly name: string;
  readonly description: string;
  readonly worker: string;
}

/** Where the ends of traces are announced. */
export interface Receiver {
  readonly url: string;
  /** Signs what is sent. */
  readonly secret: string;
  /** Whether it may lie on this machine or in a private network. */
  readonly allowPrivate: boolean;
}

/** What the HTTP front needs. */
export interface GatewayOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  /** The bearer token as it is now. */
  readonly token: () => string;
  /** Whose token it is, other than the bearer token; null for nobody's. */
  readonly tokens: (token: string) => Caller | null;
  readonly log: Log;
  readonly host: string;
  /** Names of this machine under which it may be addressed, beside those of loopback. */
  readonly names?: readonly string[];
  /** 0: the system chooses. */
  readonly port: number;
  /** Answers at `/mcp`; absent: nothing is there. */
  readonly answerMcp?: AnswerMcp;
  /** With it the gateway speaks TLS, and nothing else. */
  readonly certificate?: Certificate;
  readonly catalogue: Catalogue;
  /** Target of tasks that name none. */
  readonly target: string;
  /** Where what the agents said is kept. */
  readonly dataFolder: string;
  readonly workspaces: Workspaces;
  /** The skills as they are now, for `GET /skills`. */
  readonly skills: () => readonly SkillView[];
  /** Jobs that may be queued. */
  readonly maxQueued: number;
  /** Requests of one token that change something, each minute. */
  readonly writesPerMinute: number;
  /** Where a voice edge of this machine listens by a page; null where none does. */
  readonly ears?: () => string | null;
  /** Folder of the built page, which is served at `/`. */
  readonly page?: string;
  /** Event streams that may be open at once; absent: thousands. */
  readonly maxStreams?: number;
  /** Who is told of each trace that has ended. */
  readonly receivers: readonly Receiver[];
  readonly version: string;
  /** What happened, for `GET /traces` and the metrics; absent where nobody writes it down. */
  readonly traces?: Traces;
}

/** All metrics as Prometheus reads them. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

export interface Gateway extends AsyncDisposable {
  readonly metrics: () => Promise<MetricsPage>;
  readonly url: string;
  /** What it answers at, such as `GET /status/:id`. */
  readonly addresses: readonly string[];
  /** A new link by which a person signs in at the page; it works once. */
  signInLink(): string;
}

/** @throws when the port cannot be had: the system's own error with its `code`. */
export type StartGateway = (options: GatewayOptions) => Promise<Gateway>;

export interface House extends AsyncDisposable {
  readonly shop: Workshop;
  readonly engine: Engine;
  readonly traces: Traces;
  readonly catalogue: Catalogue;
  /** What confines the agents. */
  readonly sandbox: string;
}

export interface HouseOptions {
  readonly folder: DataFolder;
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Address of the simulated models; null for the real ones. */
  readonly simulator: string | null;
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

export type OpenHouse = (options: HouseOptions) => Promise<Result<House>>;

/** The drivers alone, for looking at what is installed. */
export type OpenDrivers = (options: Pick<HouseOptions, 'config'>) => Promise<Result<ReadonlyMap<string, AgentDriver>>>;

/** What the tools over MCP need. */
export interface McpOptions {
  /** The gateway as it is now; asked anew for each call, as it may have been started again elsewhere. */
  readonly gateway: () => Result<TuttiClient>;
  /** Target of tasks that name none: where whoever calls us works. */
  readonly target: string;
  readonly version: string;
  readonly input: Readable;
  readonly output: Writable;
}

/** Answers one message of the Model Context Protocol that came over HTTP. */
export type AnswerMcp = (
  options: Pick<McpOptions, 'gateway' | 'target' | 'version'> & {
    /** How it was asked, without its body. */
    readonly request: Request;
    readonly message: unknown;
  },
) => Promise<Response>;

/** Serves the tools until the input ends. */
export type ServeMcp = (options: McpOptions) => Promise<void>;

/** Our environment with the gateway's `.env.wsl` of the folder underneath. */
export type GatewayEnvironment = (env: Env, folder: string) => Promise<Env>;

/** What the voice edge is called with. */
export interface EdgeCall {
  readonly verb: 'listen' | 'devices' | 'doctor';
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** With the edge's `.env.local` underneath. */
  readonly env: Env;
  readonly config: EdgeConfig;
  readonly folder: DataFolder;
  /** The gateway of the data folder as it is now; with an address it must be that one. */
  readonly running: (signal?: AbortSignal, at?: string) => Result<TuttiClient>;
  /** What words would become, by the router's rules as they stand here. */
  readonly route: (words: string) => Routing;
  readonly out: NodeJS.WriteStream;
  readonly err: { write(text: string): unknown };
  /** Aborts when the person wants it to end. */
  readonly end: AbortSignal;
}

/** Runs the voice edge; answers the exit code, or why the call cannot be done. */
export type RunEdge = (call: EdgeCall) => Promise<Result<number>>;

/** Our environment with the edge's `.env.local` of the folder underneath. */
export type EdgeEnvironment = (env: Env, folder: string) => Promise<Env>;
