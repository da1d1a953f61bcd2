import Glibc

/// What a folder holds, for the person to choose from: folders first, nothing hidden.
struct FolderList {
    struct Entry: Equatable {
        let name: String
        let isFolder: Bool
        let size: UInt64
    }

    /// A folder with more is shown in part.
    private static let most = 5_000

    let path: String
    let entries: [Entry]

    init(_ path: String) {
        self.path = path
        var found: [Entry] = []
        if let folder = opendir(path) {
            defer { closedir(folder) }
            while found.count < Self.most, let item = readdir(folder) {
                let name = withUnsafeBytes(of: item.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                var facts = stat()
                guard !name.hasPrefix("."), stat("\(path)/\(name)", &facts) == 0 else { continue }
                let kind = facts.st_mode & S_IFMT
                guard kind == S_IFDIR || kind == S_IFREG else { continue }
                found.append(Entry(name: name, isFolder: kind == S_IFDIR, size: UInt64(facts.st_size)))
            }
        }
        found.sort {
            ($0.isFolder ? 0 : 1, $0.name.lowercased(), $0.name) < ($1.isFolder ? 0 : 1, $1.name.lowercased(), $1.name)
        }
        entries = (path == "/" ? [] : [Entry(name: "..", isFolder: true, size: 0)]) + found
    }

    func path(of entry: Entry) -> String {
        if entry.name == ".." {
            let above = path.split(separator: "/").dropLast().joined(separator: "/")
            return "/" + above
        }
        return path == "/" ? "/\(entry.name)" : "\(path)/\(entry.name)"
    }
}
