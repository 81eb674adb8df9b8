// claims.py for referees that run in Node: the same PASS and FAIL lines.

let failed = 0;

/** The block holds, or the claim fails; what comes after is judged all the same. */
export async function claim(title, block) {
  try {
    await block();
    console.log(`PASS ${title}`);
  } catch (error) {
    failed += 1;
    const why = String(error?.message ?? error).replace(/\s+/g, ' ').slice(0, 600);
    console.log(`FAIL ${title} -- ${why}`);
  }
}

export const note = (text) => console.log(`note ${text}`);

/** Ends the program; its status says whether every claim held. */
export const end = () => process.exit(failed ? 1 : 0);
