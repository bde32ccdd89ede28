/** Which version of the page’s files this page is of, and whether the server has a newer one. */
export class PageVersion {
  /** @type {string | null} */
  #own = null;
  /** @type {string | null} */
  #newer = null;

  /** The first welcome tells what this page was loaded from.
   * @param {string | null} version of the server’s files */
  welcomed(version) {
    this.#own ??= version;
    this.#newer = version === this.#own ? null : version;
  }

  /** The version to load now, told once.
   * @param {boolean} isFree nothing would be lost or interrupted @returns {string | null} */
  wanted(isFree) {
    if (this.#newer === null || !isFree) return null;
    this.#own = this.#newer;
    this.#newer = null;
    return this.#own;
  }
}
