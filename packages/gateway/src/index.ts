export { runCommandLine } from './command-line.ts'
export { CommandError, EXIT } from './exit-code.ts'
export { loadPlugins } from './load-plugins.ts'
export { VERSION } from './version.ts'
