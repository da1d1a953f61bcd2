import CCurl

/// Why there is no connection.
package enum ConnectionFault: Equatable, Sendable {
    case authority, authorityFile, proxyLogin
    case proxyRefuses(Int)
    case other(String)

    init(_ result: CURLcode, proxyAnswer code: Int) {
        switch result {
        case CURLE_PEER_FAILED_VERIFICATION: self = .authority
        case CURLE_SSL_CACERT_BADFILE: self = .authorityFile
        case _ where code == 407: self = .proxyLogin
        case _ where code >= 300: self = .proxyRefuses(code)
        default: self = .other(String(cString: curl_easy_strerror(result)))
        }
    }
}
