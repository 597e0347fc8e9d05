/** The example of requirement #23 (timeouts), as written there. */
export const REQUIREMENT_23 = `host: gpanel.chilla55.de
backend: http://pterodactyl_panel:80
timeouts:
  connect: 5s      # Backend connection timeout
  read: 30s        # Read from backend timeout
  write: 30s       # Write to backend timeout
  idle: 120s       # Keep-alive idle timeout
  
# Slower backend example
host: api.example.com
backend: http://slow_service:3000
timeouts:
  connect: 10s
  read: 60s        # Allow longer processing time
  write: 60s
  idle: 300s
`

/** The example of requirement #24 (size limits), as written there. */
export const REQUIREMENT_24 = `# Pterodactyl (file uploads)
host: gpanel.chilla55.de
backend: http://pterodactyl_panel:80
limits:
  max_request_body: 104857600   # 100 MB (server backups)
  max_request_headers: 16384    # 16 KB
  max_response_body: 52428800   # 50 MB
  
# API endpoint (small payloads only)
host: api.example.com
backend: http://api_service:3000
limits:
  max_request_body: 1048576     # 1 MB
  max_request_headers: 8192     # 8 KB
  max_response_body: 10485760   # 10 MB

# Vaultwarden (strict)
host: vault.chilla55.de
backend: http://vaultwarden:80
limits:
  max_request_body: 10485760    # 10 MB (vault attachments)
  max_request_headers: 8192
  max_response_body: 10485760
`

/** The example of requirement #16 (sensitive data filtering), as written there. */
export const REQUIREMENT_16 = `host: gpanel.chilla55.de
backend: http://pterodactyl_panel:80
logging:
  strip_headers:
    - Authorization
    - Cookie
    - Set-Cookie
    - X-API-Key
    - X-Auth-Token
  redact_paths:
    - pattern: /api/client/account/password
      replacement: /api/client/account/[REDACTED]
    - pattern: /auth/password/reset/[^/]+
      replacement: /auth/password/reset/[TOKEN]
  mask_pii: true  # Mask IP addresses, emails
  mask_ip_method: last_octet  # 203.0.113.45 -> 203.0.113.xxx
`

/** The example of requirement #15 (WAF), as written there. */
export const REQUIREMENT_15 = `host: gpanel.chilla55.de
backend: http://pterodactyl_panel:80
waf:
  enabled: true
  mode: block  # or 'log' for testing
  rules:
    sql_injection: true
    xss: true
    path_traversal: true
    suspicious_headers: true
  max_request_size: 10485760  # 10 MB
  max_header_size: 8192
`

/** #14 as it is written. */
export const REQUIREMENT_14 = `# Pterodactyl (public)
host: gpanel.chilla55.de
backend: http://pterodactyl_panel:80
rate_limit:
  global: 1000  # requests per minute for entire route
  per_ip: 100   # requests per minute per IP
  paths:
    - path: /auth/*
      per_ip: 5
      ban_after: 3  # Ban after 3 violations
      ban_duration: 3600  # 1 hour
    - path: /api/client/*
      per_ip: 60

# Vaultwarden (private, strict)
host: vault.chilla55.de
backend: http://vaultwarden:80
rate_limit:
  per_ip: 10
  paths:
    - path: /identity/*  # Login endpoint
      per_ip: 3
      ban_after: 3
      ban_duration: 3600
      alert_webhook: true  # Discord alert
`
