import manifest from '@drawbridge/gateway/package.json' with { type: 'json' }

/** The version of the gateway package. */
export const VERSION: string = manifest.version
