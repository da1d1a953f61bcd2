/// Certificates of no value, for tests on this machine only: made with
/// `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=first.example`.
enum TestCertificate {
    static let first = (
        chain: """
        -----BEGIN CERTIFICATE-----
        MIIBnDCCAUOgAwIBAgIUD8l1KKqzV/kx8duPF8Pi8NSNb3owCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNZmlyc3QuZXhhbXBsZTAgFw0yNjExMjIyMjUzMDVaGA8yMTI2
        MTAyOTIyNTMwNVowGDEWMBQGA1UEAwwNZmlyc3QuZXhhbXBsZTBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABMY8BfAzeFToRC0U8XUCOjzAaxwWZDqO/z1ssr8tZZrv
        Lv2+K8nV3WEK3vfVhFkEEO88R7Fl+oaxo/C79ZLnj42jaTBnMB0GA1UdDgQWBBRH
        DgAi9QJGJCP3WbtGAp0FnRUU3jAfBgNVHSMEGDAWgBRHDgAi9QJGJCP3WbtGAp0F
        nRUU3jAPBgNVHRMBAf8EBTADAQH/MBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAKBggq
        hkjOPQQDAgNHADBEAiAvS5sGssfP84Ljbvw2nmC9Ip4SylHC5NoybVANsUrWrQIg
        Abc2DeZsegYS9i2qQHjoUzoTITevfUzKBPByawcEFSs=
        -----END CERTIFICATE-----

        """,
        key: """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgh9YqJLwcD6g2AzST
        8Y4fOEAaf0tohFGEJyy3hDVPfX2hRANCAATGPAXwM3hU6EQtFPF1Ajo8wGscFmQ6
        jv89bLK/LWWa7y79vivJ1d1hCt731YRZBBDvPEexZfqGsaPwu/WS54+N
        -----END PRIVATE KEY-----

        """
    )
    static let second = (
        chain: """
        -----BEGIN CERTIFICATE-----
        MIIBoDCCAUWgAwIBAgIUNutsHPxr+FM12+ls+R7zNsWs0ogwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOc2Vjb25kLmV4YW1wbGUwIBcNMjYxMTIyMjI1MzA1WhgPMjEy
        NjEwMjkyMjUzMDVaMBkxFzAVBgNVBAMMDnNlY29uZC5leGFtcGxlMFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEptRPYJgfmNvLtYteq39yH2GWS6HZLw3GhaCMF+To
        U/NwzZ+K0zvTWCPQvcO8zfh7dllzUxYacGmaFkHUwjyK6qNpMGcwHQYDVR0OBBYE
        FNYJUj2tyP5Xu3JVkSGXsKieALGCMB8GA1UdIwQYMBaAFNYJUj2tyP5Xu3JVkSGX
        sKieALGCMA8GA1UdEwEB/wQFMAMBAf8wFAYDVR0RBA0wC4IJbG9jYWxob3N0MAoG
        CCqGSM49BAMCA0kAMEYCIQC1E89UjQ0FhvVQv+hBji8p5qS0W08GYhArylx1TsRg
        7wIhAPJTkw6GAfOzOf4CIF9mgbSEMokkXZTDHClpHru0oIJR
        -----END CERTIFICATE-----

        """,
        key: """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgf1Uk5bChAjZTt3aX
        mLPdstKEDAsSNO17fQpjqoVeWGShRANCAASm1E9gmB+Y28u1i16rf3IfYZZLodkv
        DcaFoIwX5OhT83DNn4rTO9NYI9C9w7zN+Ht2WXNTFhpwaZoWQdTCPIrq
        -----END PRIVATE KEY-----

        """
    )
}
