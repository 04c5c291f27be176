/** Help in two columns that fit a narrow terminal: a term too long for the first one has its description on the lines below. */
import { type Command, Help } from "commander";

/** Columns for terms; most are shorter. */
const TERM_COLUMNS = 26;

/** What commander's own layout is changed to. */
export const helpLayout: Partial<Help> = {
  minWidthToWrap: TERM_COLUMNS,
  padWidth(this: Help, command: Command, helper: Help): number {
    return Math.min(TERM_COLUMNS, Help.prototype.padWidth.call(this, command, helper));
  },
  formatItem(this: Help, term: string, termWidth: number, description: string, helper: Help): string {
    const item = (shown: string) => Help.prototype.formatItem.call(this, shown, termWidth, description, helper);
    return helper.displayWidth(term) <= termWidth ? item(term) : `  ${term}\n${item("")}`;
  },
};
