// Chromium as a person has it, and what she does on Google's page.

import { chromium } from 'playwright-core';

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
         '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** From our page over Google's, as the owner of this mailbox. */
export async function agree(page, email) {
  await page.getByRole('button', { name: 'Continue with Google' }).click();
  await page.waitForURL('**/o/oauth2/v2/auth**');
  await page.locator(`input[value="${email}"]`).check();
  await page.getByRole('button', { name: 'Allow' }).click();
}
