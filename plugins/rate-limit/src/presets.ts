/**
 * How the logins of applications look. Both answer a wrong password with 400. Vaultwarden refreshes tokens at the address of its login, and
 * answers a right password that still needs a second factor with 400 as well.
 */
export const PRESETS = {
  pterodactyl: {
    login: [
      { path: '/auth/login', failure_status: [400, 401, 403] },
      { path: '/auth/login/checkpoint', failure_status: [400, 401, 403] },
    ],
  },
  vaultwarden: {
    login: [
      {
        path: '/identity/connect/token',
        failure_status: [400, 401],
        ignore_body: 'grant_type=refresh_token',
        ignore_answer: 'TwoFactorProviders',
      },
      { path: '/admin', failure_status: [401] },
    ],
  },
}
