"""Reports as a manager reads them: the filter in the address, the list behind a number, pictures with their tables, files, saved
reports, paper."""

import re
import zipfile
from xml.etree import ElementTree

from playwright.sync_api import expect

from test_pages import shot

LINE = "Рабочее место и связь"


def number(text):
    return int(re.sub(r"\D", "", text) or 0)


def cells(row):
    """The numbers of a row of a table, without its head."""
    return [number(text) for text in row.locator("td").all_text_contents()]


def test_the_filter_stands_in_the_address_and_a_number_opens_its_list(server, sign_in):
    page = sign_in("manager")
    page.goto(f"{server.address}/requests")
    page.locator(".rail a[href='/reports']").click()
    page.wait_for_url("**/reports/work")
    page.select_option("[name=period]", "quarter")
    page.wait_for_url("**/reports/work?period=quarter")
    whole = number(page.locator(".tile__value").first.text_content())
    assert whole > 10
    line = page.locator("[name=line] option").nth(1)
    name, value = line.text_content(), line.get_attribute("value")
    page.select_option("[name=line]", value)
    page.wait_for_url(re.compile(rf"period=quarter&line={value}$"))
    part = number(page.locator(".tile__value").first.text_content())
    assert 0 < part < whole
    # What was chosen holds for every report, and the address alone opens it again.
    page.get_by_role("link", name="Сроки", exact=True).click()
    page.wait_for_url(re.compile(rf"/reports/deadlines\?period=quarter&line={value}$"))
    expect(page.locator("[name=line]")).to_have_value(value)
    other = sign_in("manager")
    other.goto(page.url)
    assert other.locator(".reports__tiles").text_content() == page.locator(".reports__tiles").text_content()
    # A number and the list behind it are the same.
    page.get_by_role("link", name="Заявки", exact=True).last.click()
    page.locator(".tile__value a").first.click()
    page.wait_for_url("**/reports/requests?what=registered**")
    expect(page.locator("[data-count]")).to_have_attribute("data-count", str(part))
    expect(page.locator(".reports__chosen")).to_contain_text(name)
    rows = page.locator(".report-table tbody tr")
    assert rows.count() == min(part, 50)
    rows.first.get_by_role("link").click()
    page.wait_for_url(re.compile(r"/requests/\d+"))
    page.go_back()
    page.get_by_role("link", name="К отчётам").click()
    expect(page.locator("[name=line]")).to_have_value(value)
    page.get_by_role("link", name="Сбросить").click()
    assert "line=" not in page.url


def test_columns_add_up_and_every_number_has_its_list(server, sign_in):
    page = sign_in("manager")
    page.goto(f"{server.address}/reports/cuts?by=line&period=quarter")
    table = page.locator(".report-table").first
    rows, total = table.locator("tbody tr"), cells(table.locator("tfoot tr"))
    columns = [[cells(rows.nth(row))[index] for row in range(rows.count())] for index in range(4)]
    assert [sum(column) for column in columns] == total[:4]
    links = table.locator("tbody td a").evaluate_all("all => all.map(a => [a.textContent, a.href])")
    assert len(links) > 10
    for words, address in links[:12]:
        page.goto(address)
        expect(page.locator("[data-count]")).to_have_attribute("data-count", str(number(words)))


def test_a_picture_says_what_its_table_says(server, sign_in):
    page = sign_in("manager")
    page.goto(f"{server.address}/reports/deadlines?period=30-days")
    picture = page.locator(".report-part").first
    expect(picture.locator(".chart-legend")).to_contain_text("В срок")
    bars = picture.locator(".chart__bar title").all_text_contents()
    table = picture.locator(".report-table")
    row = table.locator("tbody tr").filter(has=page.locator("td:nth-child(2) a")).first
    day, kept = row.locator("th").text_content(), row.locator("td").first.text_content()
    assert f"{day}, В срок: {kept}" in bars
    # A bar leads to the same list as the number below; with the keyboard one goes by the table.
    bar = picture.locator("a", has=page.locator(".chart__bar", has_text=f"{day}, В срок: {kept}"))
    assert bar.get_attribute("href") == row.locator("td a").first.get_attribute("href")
    assert bar.get_attribute("tabindex") == "-1"
    bar.click()
    expect(page.locator("[data-count]")).to_have_attribute("data-count", kept)


def test_reports_work_by_keyboard(server, sign_in):
    page = sign_in("manager")
    page.goto(f"{server.address}/reports/work?period=quarter")
    page.locator(".reports__tabs a").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/deadlines?period=quarter")
    page.locator("[name=period]").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**/reports/deadlines?period=year")
    table = page.locator(".table-box").first
    table.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.report-table') !== null")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/requests?**")
    expect(page.locator("[data-count]")).to_be_visible()


def test_a_report_is_saved_found_and_taken_away(server, sign_in):
    page, admin, specialist = sign_in("manager"), sign_in("admin"), sign_in("specialist")
    page.goto(f"{server.address}/reports/speed?period=last-month")
    page.get_by_role("button", name="Сохранить").first.click()
    page.fill("#save-name", "Скорость за прошлый месяц, для совета директоров")
    page.get_by_label("Виден другим руководителям").check()
    shot(page, "reports-save")
    page.locator("#save-report .button--filled").click()
    page.wait_for_url("**/reports/saved")
    shot(page, "reports-saved")
    expect(page.locator(".saved-report", has_text="совета директоров")).to_have_count(1)
    admin.goto(f"{server.address}/reports/saved")
    admin.get_by_role("link", name="совета директоров").click()
    admin.wait_for_url("**/reports/speed?period=last-month")
    specialist.goto(f"{server.address}/reports/saved")
    expect(specialist.locator(".saved-report", has_text="совета директоров")).to_have_count(0)
    page.locator(".saved-report", has_text="совета директоров").locator("summary").last.click()
    page.get_by_role("button", name="Убрать").click()
    expect(page.locator(".saved-report", has_text="совета директоров")).to_have_count(0)


def test_files_hold_the_numbers_of_the_page(server, sign_in, tmp_path):
    page = sign_in("manager")
    page.goto(f"{server.address}/reports/deadlines?period=quarter")
    table = page.locator(".report-table").nth(1)
    expected = cells(table.locator("tfoot tr"))[:4]
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx") and "Сроки" in download.value.suggested_filename
    book = tmp_path / "report.xlsx"
    download.value.save_as(book)
    with zipfile.ZipFile(book) as parts:
        assert parts.testzip() is None
        space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet3.xml"))
        last = sheet.findall(".//m:row", space)[-1]
        found = [float(cell.find("m:v", space).text) for cell in last.findall("m:c", space)[1:5]]
    assert [round(value) for value in found] == expected
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = tmp_path / "report.csv"
    download.value.save_as(text)
    assert text.read_bytes().startswith(b"\xef\xbb\xbf")
    totals = [line.split(";") for line in text.read_text("utf-8-sig").splitlines() if line.startswith("Всего;")]
    assert [number(value) for value in totals[1][1:5]] == expected


def test_paper_has_the_report_and_nothing_else(server, sign_in):
    page = sign_in("manager")
    page.goto(f"{server.address}/reports/work?period=quarter")
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("button", name="Печать").click()
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    for gone in [".reports__tabs", ".reports__filters", ".page__acts", ".rail"]:
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.locator(".reports__paper")).to_contain_text("Период")
    expect(page.locator(".report-table").first).to_be_visible()
    shot(page, "reports-paper")


def test_a_specialist_reads_their_own_figures(server, sign_in):
    page, manager = sign_in("specialist", width=390, height=844), sign_in("manager")
    for window in (page, manager):
        window.goto(f"{server.address}/reports/work?period=quarter")
    expect(page.locator(".reports__own")).to_be_visible()
    own, all_of_them = [number(window.locator(".tile__value").first.text_content()) for window in (page, manager)]
    assert 0 < own < all_of_them
    expect(page.locator("[name=specialist]")).to_have_count(0)
    # A wide table moves inside its own frame.
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
