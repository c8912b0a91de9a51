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

namespace local_bangkom\external;

use local_bangkom\{batch, people};

/**
 * Posts notifications to people.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class post_messages extends action {
    /**
     * Post.
     *
     * @param string $rows key, nip, subject, text (plain)
     * @return array
     */
    public static function execute(string $rows): array {
        return self::answer($rows, ['nip', 'subject', 'text'], self::post(...));
    }

    /**
     * Post to those who have an account that is not suspended.
     *
     * @param array $rows by key
     * @return array [result, code] by key
     */
    private static function post(array $rows): array {
        $users = people::find(array_column($rows, 'nip'));
        $answers = [];
        foreach ($rows as $key => $row) {
            $user = $users[trim($row['nip'])];
            $code = is_string($user) ? $user : ($user->suspended ? 'lms.user_suspended' : '');
            $answers[$key] = $code === '' ? self::post_one((int)$user->id, $row) : ['refused', $code];
        }
        return $answers;
    }

    /**
     * Post one.
     *
     * @param int $userid
     * @param array $row
     * @return array [result, code]
     */
    private static function post_one(int $userid, array $row): array {
        $message = new \core\message\message();
        $message->component = 'local_bangkom';
        $message->name = 'note';
        $message->userfrom = \core_user::get_noreply_user();
        $message->userto = $userid;
        $message->notification = 1;
        $message->subject = \core_text::substr(clean_param($row['subject'], PARAM_NOTAGS), 0, 255);
        $message->fullmessage = $row['text'];
        $message->fullmessageformat = FORMAT_PLAIN;
        $message->fullmessagehtml = text_to_html(s($row['text']), false, false);
        $message->smallmessage = $message->subject;
        return message_send($message) === false ? ['failed', 'lms.message_not_sent'] : batch::DONE;
    }
}
