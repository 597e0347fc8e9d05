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
