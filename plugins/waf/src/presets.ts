import type { Exclusion } from './ruleset.ts'

/** What is not looked at for applications whose requests hold files, scripts or ciphertexts by nature (`app: …`). */
export const PRESETS: Readonly<Record<'pterodactyl' | 'vaultwarden', readonly Exclusion[]>> = {
  pterodactyl: [
    // The file editor sends a file as the body; the panel's own permissions say who may.
    { path: '/api/client/servers/*/files/write', part: 'body' },
    // Console commands, startup lines and install scripts are shell lines by nature.
    { path: '/api/client/servers/*/command', part: 'body' },
    { path: '/api/client/servers/*/schedules/*', part: 'body', parameter: 'payload' },
    { path: '/api/client/servers/*/startup/*', part: 'body', parameter: 'value' },
    { path: '/api/application/servers/*', part: 'body', parameter: 'startup' },
    { path: '/admin/servers/*', part: 'body' },
    { path: '/admin/nests/*', part: 'body' },
    // Passwords are hashed, never shown and never part of a query.
    { path: '/api/client/account/*', part: 'body', parameter: 'password' },
    { path: '/api/client/account/*', part: 'body', parameter: 'current_password' },
    { path: '/api/client/account/*', part: 'body', parameter: 'password_confirmation' },
    { path: '/auth/*', part: 'body', parameter: 'password' },
  ],
  vaultwarden: [
    // Everything a vault stores is a ciphertext of the client; only names of folders and organisations are not.
    { path: '/api/ciphers/*', part: 'body' },
    { path: '/api/sends/*', part: 'body' },
    { path: '/api/folders/*', part: 'body' },
    { path: '/api/accounts/*', part: 'body', parameter: 'masterPasswordHash' },
    { path: '/api/accounts/*', part: 'body', parameter: 'masterPasswordHint' },
    { path: '/identity/*', part: 'body', parameter: 'password' },
  ],
}
