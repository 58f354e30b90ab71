/** Jest's global tear-down: stops what jest-services.mjs started. */
export default async function tearDown() {
  await globalThis.__chroomTestServices?.stop();
}
