/**
 * Of `localhost`, signed by itself, for a hundred years; it protects nothing. Made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost -addext subjectAltName=DNS:localhost`
 */
export const certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1jHgv0rB/vSpgx4m
zDGwIKeO0M/vtiFPtdMPB1eoGN+hRANCAASkrelwkZ/3YDER+TbPNfusk+d3pVTr
hq9JKg5JVTYBg4MkdR1VdN2WUETUKfJmivXHOGAfNV04ccq3Cb7Hm1XD
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUESk+LEWDzPmZjHruKlzPRD47kQowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjAwMDAxMloYDzIxMjYxMDI5
MDAwMDEyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASkrelwkZ/3YDER+TbPNfusk+d3pVTrhq9JKg5JVTYBg4MkdR1VdN2W
UETUKfJmivXHOGAfNV04ccq3Cb7Hm1XDo2kwZzAdBgNVHQ4EFgQUs2GJk/rs2rHE
9hsq9YnZXrCf8rowHwYDVR0jBBgwFoAUs2GJk/rs2rHE9hsq9YnZXrCf8rowDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIhAKoK9Js0e0YoyKY9D7a8SZd517eADho7P2hrymQnj6beAiBRz/CvPHXC
qhN4ZmKJoH5eq7RWDQ4jyJChkONLlPywXQ==
-----END CERTIFICATE-----
`,
}
