<?php
// This file is part of Bangkom - competence development beside an LMS.
//
// Bangkom is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Bangkom is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Bangkom.  If not, see <http://www.gnu.org/licenses/>.

namespace local_bangkom;

/**
 * Does many wishes of Bangkom in one call and answers each: the same wish again does nothing more and is answered the same.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class batch {
    /** @var int Rows in one call, at most. */
    public const MOST = 500;

    /** @var string The table of what was answered. */
    private const TABLE = 'local_bangkom_answer';

    /** @var array The answer for a wish that was done. */
    public const DONE = ['done', ''];

    /**
     * Answer every row.
     *
     * @param string $json an array of rows, each with a key
     * @param string[] $needed the texts that a row must have
     * @param \Closure $work takes rows by key, gives [result, code] by key; it may throw
     * @return array of results, each with key, result and code, in the order asked
     */
    public static function run(string $json, array $needed, \Closure $work): array {
        $rows = json_decode($json, true);
        if (!is_array($rows) || !array_is_list($rows) || count($rows) > self::MOST) {
            throw new \invalid_parameter_exception('rows must be a JSON array of at most ' . self::MOST);
        }
        $wishes = [];
        $answers = [];
        $order = [];
        foreach ($rows as $row) {
            $key = is_array($row) && is_string($row['key'] ?? null) ? $row['key'] : '';
            $order[] = $key;
            if ($key === '' || strlen($key) > 200 || !self::has($row, $needed)) {
                $answers[$key] = ['refused', 'lms.bad_row'];
            } else {
                $wishes[$key] = $row;
            }
        }
        $answers += $wishes ? doing::ours(fn() => self::answer($wishes, $work)) : [];
        $results = [];
        foreach ($order as $key) {
            $results[] = ['key' => $key, 'result' => $answers[$key][0], 'code' => $answers[$key][1]];
        }
        return $results;
    }

    /**
     * Whether a row has these texts.
     *
     * @param array $row
     * @param string[] $needed
     * @return bool
     */
    private static function has(array $row, array $needed): bool {
        foreach ($needed as $field) {
            if (!is_string($row[$field] ?? null) || trim($row[$field]) === '') {
                return false;
            }
        }
        return true;
    }

    /**
     * Answer wishes: as they were answered before, else by doing them, all in one transaction. Where that fails, each has a
     * transaction of its own, so that one bad row takes no other with it.
     *
     * @param array $wishes rows by key
     * @param \Closure $work
     * @return array [result, code] by key
     */
    private static function answer(array $wishes, \Closure $work): array {
        global $DB;
        $answers = [];
        $transaction = $DB->start_delegated_transaction();
        try {
            $answers = self::before(array_keys($wishes));
            $new = array_diff_key($wishes, $answers);
            if ($new) {
                $done = $work($new);
                self::remember($done);
                $answers += $done;
            }
            $transaction->allow_commit();
            return $answers;
        } catch (\Throwable $error) {
            debugging('local_bangkom: ' . get_class($error) . ' at ' . basename($error->getFile()) . ':' . $error->getLine());
            // What Moodle does after the commit, such as sending mail, may fail; the wishes are done all the same.
            if ($transaction->is_disposed()) {
                return $answers;
            }
            self::roll_back($transaction, $error);
        }
        if (count($wishes) === 1) {
            return [array_key_first($wishes) => ['failed', 'lms.error']];
        }
        $answers = [];
        foreach ($wishes as $key => $row) {
            $answers += self::answer([$key => $row], $work);
        }
        return $answers;
    }

    /**
     * Roll back without throwing on.
     *
     * @param \moodle_transaction $transaction
     * @param \Throwable $error
     */
    private static function roll_back(\moodle_transaction $transaction, \Throwable $error): void {
        try {
            $transaction->rollback($error);
        } catch (\Throwable $again) {
            if ($again !== $error) {
                throw $again;
            }
        }
    }

    /**
     * How wishes were answered before.
     *
     * @param array $keys
     * @return array [result, code] by key
     */
    private static function before(array $keys): array {
        global $DB;
        [$in, $params] = $DB->get_in_or_equal(array_map('strval', $keys));
        $rows = $DB->get_records_select(self::TABLE, "wish $in", $params, '', 'wish, result, code');
        return array_map(fn($row) => [$row->result, $row->code], $rows);
    }

    /**
     * Remember how wishes were answered. One that failed may be tried again.
     *
     * @param array $answers [result, code] by key
     */
    private static function remember(array $answers): void {
        global $DB;
        $rows = [];
        foreach ($answers as $key => [$result, $code]) {
            if ($result !== 'failed') {
                $rows[] = ['wish' => (string)$key, 'result' => $result, 'code' => $code, 'timecreated' => time()];
            }
        }
        $DB->insert_records(self::TABLE, $rows);
    }

    /**
     * Forget what was answered long ago.
     *
     * @param int $before
     */
    public static function tidy(int $before): void {
        global $DB;
        $DB->delete_records_select(self::TABLE, 'timecreated < ?', [$before]);
    }
}
