import Markup
import Testing

@Suite struct MarkupTests {
    @Test(arguments: [
        "<script>alert(1)</script>", "text <script src=//x></script>", "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<iframe src=javascript:alert(1)>", "<style>*{}</style>", "<a href=\"javascript:alert(1)\">x</a>",
        "<!--<script>-->",
        "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](&#106;avascript:alert(1))",
        "[x](java&Tab;script:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:x)", "[x](file:///etc/passwd)", "[x](//evil.example)",
        "[x](/sign-out)",
        "![x](javascript:alert(1))", "![x](data:image/svg+xml,<svg>)", "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "`<script>`", "```\n<script>alert(1)</script>\n```", "```\"><script>\nx\n```", "\u{0}<script>",
        "<ScRiPt >x</sCrIpT>",
        "a\n<div onclick=x>b</div>", "| a |\n|---|\n| <b onclick=x>y</b> |",
        "[x](https://a.example \"onmouseover=alert(1)\")",
        "[x](https://a.example/\"onmouseover=alert(1)//)", "https://a.example/\"onmouseover=\"alert(1)",
    ])
    func nothingOfTheWriterIsRun(_ text: String) {
        let html = SafeText.html(text)
        #expect(!html.contains(/<\s*(script|img|svg|iframe|style|object|embed|form|div)\b/.ignoresCase()), "\(html)")
        #expect(!html.contains(/<[^>]*\son\w+\s*=/.ignoresCase()), "\(html)")
        #expect(!html.contains(/(href|src)\s*=\s*"?\s*(javascript|data|vbscript|file):/.ignoresCase()), "\(html)")
        for match in html.matches(of: /href="([^"]*)"/) {
            let url = String(match.1).lowercased()
            #expect(
                url.isEmpty || ["http://", "https://", "mailto:", "tel:"].contains { url.hasPrefix($0) }, "\(html)")
        }
    }

    @Test(arguments: [
        ("**жирно**", "<strong>жирно</strong>"), ("*курсив*", "<em>курсив</em>"), ("~~нет~~", "<del>нет</del>"),
        ("`код`", "<code>код</code>"),
        ("- раз\n- два", "<li>раз</li>"), ("1 < 2 & 3", "1 &lt; 2 &amp; 3"), ("> цитата", "<blockquote>"),
        ("| а | б |\n|---|---|\n| 1 | 2 |", "<td>1</td>"), ("```\nкод\n```", "<pre><code>код"),
        ("строка\nстрока", "строка<br />\nстрока"),
        ("[сайт](https://okno.example)", "href=\"https://okno.example\">сайт</a>"),
        ("https://okno.example/a?b=1&c=2", "href=\"https://okno.example/a?b=1&amp;c=2\""),
        ("[письмо](mailto:a@okno.example)", "href=\"mailto:a@okno.example\""),
        ("[звонок](tel:+79990000000)", "href=\"tel:+79990000000\""),
        ("![схема](https://okno.example/a.png)", "href=\"https://okno.example/a.png\">схема</a>"),
        ("![](https://okno.example/a.png)", "href=\"https://okno.example/a.png\">https://okno.example/a.png</a>"),
    ])
    func formattingIsKept(_ text: String, _ part: String) {
        #expect(SafeText.html(text).contains(part), "\(SafeText.html(text))")
    }

    @Test func linksTellTheOtherSiteNothing() {
        let html = SafeText.html("[a](https://a.example) и https://b.example")
        #expect(html.matches(of: /<a\b/).count == 2)
        #expect(html.matches(of: /rel="noopener noreferrer nofollow" target="_blank"/).count == 2)
    }

    @Test func deepNestingEnds() {
        let began = ContinuousClock.now
        for text in [
            String(repeating: "[", count: 20_000), String(repeating: "> ", count: 10_000) + "x",
            String(repeating: "*a_", count: 6_000),
            String(repeating: "`", count: 20_000), String(repeating: "![", count: 10_000),
        ] {
            #expect(!SafeText.html(text).isEmpty)
        }
        #expect(ContinuousClock.now - began < .seconds(10))
    }

    @Test func aTitleIsOneShortLine() {
        #expect(SafeText.plain("раз\n\n два\tтри", atMost: 20) == "раз два три")
        #expect(SafeText.plain("1234567890", atMost: 5) == "1234…")
        #expect(SafeText.escaped("<a href=\"x\">&") == "&lt;a href=&quot;x&quot;&gt;&amp;")
    }
}
