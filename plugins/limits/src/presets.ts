/** What the applications that Drawbridge knows need; a route's own keys win. */
export const PRESETS = {
  // The panel's own recommendation for the server in front of it.
  pterodactyl: { max_request_body: '100mb' },
  wings: {
    // Wings takes files of 100 MB unless told otherwise; a form is a little longer than the file in it.
    max_request_body: '110mb',
    // Another node sends a whole game server in one request.
    paths: [{ path: '/api/transfers', max_request_body: '1tb' }],
  },
  // The server's own bound for attachments and Sends.
  vaultwarden: { max_request_body: '525mb' },
}
