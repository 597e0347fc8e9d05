/** What was typed behind a command's name. */
export interface CommandInput {
  readonly args: readonly string[]
  /** By name, camelCase. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>
}

/** A request to the admin API. */
export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Begins with `/api/`. */
  readonly path: string
  readonly body?: unknown
  /** What is too much for one request: made behind it one by one, as long as all succeed. */
  readonly more?: readonly ApiCall[]
}

/** What a command prints when its call succeeded, and how it ends. */
export interface CommandOutput {
  /** For people; `--json` prints the API's answer instead. */
  readonly text: string
  /** 0 fine, 1 failed, 4 refused. Default 0. */
  readonly exitCode?: number
}

/** A command of `drawbridge` that a plugin brings. It is a call of the admin API, over the control socket of the running gateway or in a process of its own. */
export interface Command {
  /** `audit verify`. */
  readonly name: string
  readonly summary: string
  /** As commander writes them: `<id>`, `[file]`. */
  readonly args?: readonly { readonly name: string; readonly summary: string }[]
  /** As commander writes them: `--ip <address>`. */
  readonly options?: readonly { readonly flags: string; readonly summary: string }[]
  /** Throws an Error with a sentence for the operator where the input makes no sense. */
  call(input: CommandInput): ApiCall
  /** The answer's body in words; of a call with `more`, a list with the body of each. */
  format(body: unknown): CommandOutput
}
