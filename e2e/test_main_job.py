"""The main job in two windows: from the first word to the rating, live, and what must survive on the way."""

import re
import time

from playwright.sync_api import expect


def ask(client, server, text, line=None):
    client.goto(server.address)
    client.fill("#ask-text", text)
    select = client.locator("#ask-line")
    if select.count():
        select.select_option(line) if line else select.select_option(index=1)
    client.locator("#ask button[type=submit]").click()
    client.wait_for_url(re.compile(r"/requests/\d+"))
    return int(re.search(r"/requests/(\d+)", client.url)[1])


def open_as_staff(page, server, number):
    page.goto(f"{server.address}/requests/{number}?view=all")


def write(page, text):
    page.locator("textarea[data-text]").fill(text)
    page.locator("textarea[data-text]").press("Control+Enter" if page.locator("[data-ctrl-enter]").count() else "Enter")


def test_a_request_goes_from_the_first_word_to_the_rating_live(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Не печатает принтер в кабинете 412")
    open_as_staff(specialist, server, number)
    specialist.locator("[data-main-act]").click()
    expect(client.locator(".request-head")).to_contain_text("В работе")

    write(specialist, "Добрый день! Уже смотрю.")
    expect(client.locator(".talk")).to_contain_text("Уже смотрю")
    write(client, "Спасибо, жду")
    expect(specialist.locator(".talk")).to_contain_text("Спасибо, жду")

    specialist.locator("input[name=kind][value=note]").check(force=True)
    write(specialist, "Картридж на исходе, закажу")
    expect(specialist.locator(".note").last).to_contain_text("Картридж на исходе")
    specialist.locator("input[name=kind][value=reply]").check(force=True)

    specialist.locator("[data-dialog=solve]").click()
    specialist.fill("#solve-text", "Заменил картридж, проверьте")
    specialist.locator("#solve button.button--filled").click()
    expect(client.locator(".rating")).to_be_visible()
    expect(client.locator(".talk")).not_to_contain_text("Картридж на исходе")
    client.locator("input[name=rating][value='5']").check(force=True)
    client.locator(".when-yes button.button--filled").click()
    expect(client.locator(".request-head")).to_contain_text("Закрыта")
    expect(specialist.locator(".request-head")).to_contain_text("Закрыта")


def test_a_button_that_is_held_down_while_news_comes_is_clicked(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Нажму, когда придут новости")
    open_as_staff(specialist, server, number)
    # Each time the acts are read again they are others, as when somebody else has changed the request.
    specialist.evaluate("""() => {
      const real = window.fetch
      window.fetch = async (...what) => {
        const answer = await real(...what)
        return String(what[0]).endsWith("/acts") ? new Response(`${await answer.text()}<i data-anew="${performance.now()}"></i>`) : answer
      }
    }""")
    specialist.locator("[data-main-act]").hover()
    specialist.mouse.down()
    specialist.locator("[data-main-act]").evaluate("button => { button.dataset.held = '' }")
    with specialist.expect_response(re.compile(r"/acts$")):
        specialist.evaluate("""async () => (await import(new URL("live.js", document.querySelector('script[src*="/js/app.js"]').src))).refresh()""")
    specialist.wait_for_timeout(500)
    expect(specialist.locator("[data-held]")).to_have_count(1)
    specialist.mouse.up()
    expect(client.locator(".request-head")).to_contain_text("В работе")
    expect(specialist.locator("[data-held]")).to_have_count(0)


def test_what_is_typed_survives_messages_that_arrive(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Пропала связь с сетевой папкой")
    open_as_staff(specialist, server, number)
    client.locator("textarea[data-text]").click()
    client.keyboard.type("Пишу долгий ответ, ")
    for index in range(5):
        write(specialist, f"Вопрос {index}")
        expect(client.locator(".talk")).to_contain_text(f"Вопрос {index}")
        client.keyboard.type(f"слово{index} ")
    expect(client.locator("textarea[data-text]")).to_have_value("Пишу долгий ответ, " + "".join(f"слово{i} " for i in range(5)))
    expect(client.locator("textarea[data-text]")).to_be_focused()


def test_a_message_written_offline_leaves_once_by_itself(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Проверка без связи")
    open_as_staff(specialist, server, number)
    client.context.set_offline(True)
    write(client, "Написано без связи")
    expect(client.locator("[data-pending]")).to_contain_text("Написано без связи")
    client.context.set_offline(False)
    expect(specialist.locator(".talk .message", has_text="Написано без связи")).to_have_count(1, timeout=20_000)
    time.sleep(1)
    expect(specialist.locator(".talk .message", has_text="Написано без связи")).to_have_count(1)


def test_text_survives_a_session_that_ended_in_the_middle(server, sign_in, sign_ins):
    client = sign_in("client")
    ask(client, server, "Сеанс закончится посреди ответа")
    place = client.url
    client.locator("textarea[data-text]").fill("Этот текст не должен пропасть")
    client.wait_for_timeout(700)
    client.context.clear_cookies()
    client.goto(place)
    client.fill("#login", sign_ins["client"][0])
    client.fill("#password", sign_ins["client"][1])
    client.press("#password", "Enter")
    client.wait_for_url(place)
    expect(client.locator("textarea[data-text]")).to_have_value("Этот текст не должен пропасть")


def test_a_file_and_its_preview(server, sign_in, tmp_path):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Прикладываю снимок")
    picture = tmp_path / "Снимок экрана.png"
    client.screenshot(path=str(picture))
    client.locator("[data-pick]").set_input_files(str(picture))
    client.wait_for_timeout(500)
    write(client, "Вот снимок")
    open_as_staff(specialist, server, number)
    image = specialist.locator(".talk .picture img")
    expect(image).to_have_count(1)
    specialist.wait_for_function("() => document.querySelector('.talk .picture img').naturalWidth > 0")


def test_a_server_that_restarts_loses_nothing_and_pages_come_back(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Сервер перезапустится")
    open_as_staff(specialist, server, number)
    server.stop(kill=True)
    write(client, "Написано, пока сервера нет")
    server.start()
    expect(specialist.locator(".talk .message", has_text="Написано, пока сервера нет")).to_have_count(1, timeout=60_000)
