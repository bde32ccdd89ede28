"""Whether everybody can read and use it."""

import pytest
from playwright.sync_api import expect

from pages import own_state, write


LUMINANCE = """
(pairs) => {
  const channel = (value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const luminance = (layers) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of layers) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const bad = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== '');
    if (!own || !element.checkVisibility()) continue;
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      layers.unshift(getComputedStyle(at).backgroundColor);
    }
    const ground = luminance(layers);
    const text = luminance([...layers, getComputedStyle(element).color]);
    const ratio = (Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05);
    if (ratio < 4.5) bad.push([element.className || element.tagName, ratio]);
  }
  return bad;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(page, stub, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    stub.refuse_send.append({"code": "field_invalid", "retry": False, "message": "no"})
    write(page, "refused")
    expect(own_state(page, "refused")).to_be_visible()
    write(page, "stored")
    expect(own_state(page, "stored")).to_be_visible()
    for name in ("Anna", "Ben", "Carla", "Dora", "Emil"):
        stub.say("See https://example.org", {"id": name, "name": name})
    stub.push({"type": "team", "up": False})
    expect(page.locator("#banner.shown")).to_be_visible()
    assert page.evaluate(LUMINANCE) == []
