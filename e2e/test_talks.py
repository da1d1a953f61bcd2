"""Talks of the staff: live, with files and search, closed to clients."""

import re

from playwright.sync_api import expect

from test_main_job import ask, write


def begin(page, server, names, title=""):
    page.goto(f"{server.address}/talks/new")
    for name in names:
        page.fill("#talk-whom", name)
        page.locator("#talk-found [data-pick-person]", has_text=name).first.click()
        expect(page.locator("[data-chosen] button", has_text=name)).to_have_count(1)
    if title:
        page.fill("#talk-name", title)
    page.locator("form[data-talk-new] button.button--filled").click()
    page.wait_for_url(re.compile(r"/talks/[0-9a-f-]{36}"))


def test_two_colleagues_talk_live_with_files_and_find_it_again(server, sign_in, tmp_path):
    one, other = sign_in("specialist"), sign_in("admin")
    name = other.locator(".menu__head b.name").first.text_content().split()[0]
    begin(one, server, [name])
    address = one.url
    other.goto(f"{server.address}/talks")
    write(one, "Возьмёшь завтра **дежурство**?")
    row = other.locator("a.talk-row--unread").first
    expect(row).to_contain_text("Возьмёшь завтра")
    badge, unread = other.locator('.rail [href="/talks"] .badge'), other.locator("a.talk-row--unread").count()
    expect(badge).to_have_text(str(unread))
    row.click()
    other.wait_for_url(address)
    expect(other.locator(".talk .message strong")).to_have_text("дежурство")
    if unread > 1:
        expect(badge).to_have_text(str(unread - 1))
    else:
        expect(badge).to_have_count(0)
    expect(other.locator(".talks__title")).to_contain_text("в сети")
    paper = tmp_path / "График дежурств.txt"
    paper.write_text("график")
    other.set_input_files("form.composer [data-pick]", str(paper))
    expect(other.locator("form.composer [data-state]")).to_contain_text("100")
    write(other, "Да, вот график на декабрь")
    expect(one.locator(".talk .file")).to_contain_text("График дежурств.txt")
    one.locator(".message", has_text="график на декабрь").last.hover()
    one.locator(".message", has_text="график на декабрь").last.locator("[data-message-menu]").click()
    one.locator('#message-menu [data-menu-react="thanks"]').click()
    expect(other.locator('.reaction[data-react="thanks"]')).to_contain_text("1")
    one.fill(".talks__search input", "декабрь")
    expect(one.locator("#talks-list a.talk-row")).to_have_count(1)
    begin(one, server, [name])
    assert one.url == address, "two have one talk for ever"


def test_a_talk_of_several_about_a_request_is_closed_to_its_client(server, sign_in):
    client, one, other = sign_in("client"), sign_in("specialist"), sign_in("admin")
    number = ask(client, server, "О чём говорят за спиной")
    name = other.locator(".menu__head b.name").first.text_content().split()[0]
    one.goto(f"{server.address}/requests/{number}?view=all")
    one.locator('.context a[href^="/talks/new"]').click()
    one.wait_for_url(re.compile("/talks/new"))
    expect(one.locator("main")).to_contain_text("О чём говорят за спиной")
    one.fill("#talk-whom", name)
    one.locator("#talk-found [data-pick-person]", has_text=name).first.click()
    one.fill("#talk-name", "Про тайную заявку")
    one.locator("form[data-talk-new] button.button--filled").click()
    one.wait_for_url(re.compile(r"/talks/[0-9a-f-]{36}"))
    write(one, "Клиенту об этом пока не говорим")
    expect(one.locator(".talks__title")).to_contain_text("О чём говорят за спиной")
    other.goto(one.url)
    expect(other.locator(".talk")).to_contain_text("пока не говорим")
    assert client.goto(one.url).status == 404
    assert client.goto(f"{server.address}/talks").status == 404
    client.goto(f"{server.address}/search?text=пока")
    expect(client.locator("main")).not_to_contain_text("пока не говорим")
    client.goto(f"{server.address}/requests/{number}")
    assert "Про тайную заявку" not in client.content() and "/talks" not in client.content()


def test_text_and_focus_survive_what_arrives_in_a_talk(server, sign_in):
    one, other = sign_in("specialist"), sign_in("admin")
    name = other.locator(".menu__head b.name").first.text_content().split()[0]
    begin(one, server, [name])
    other.goto(one.url)
    text = one.locator("textarea[data-text]")
    text.click()
    for index in range(10):
        one.keyboard.type(f"слово{index} ")
        if index % 3 == 0:
            write(other, f"Встречное {index}")
    expect(one.locator(".message", has_text="Встречное 9")).to_have_count(1)
    expect(text).to_have_value("".join(f"слово{index} " for index in range(10)))
    expect(text).to_be_focused()
