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

/**
 * What Bangkom has for the person who looks. Fetched by the server, kept for minutes, and never waited for long.
 *
 * @package    block_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class block_bangkom extends block_base {
    /**
     * The title.
     */
    public function init() {
        $this->title = get_string('title', 'block_bangkom');
    }

    /**
     * Where it may stand.
     *
     * @return bool[]
     */
    public function applicable_formats() {
        return ['my' => true, 'site-index' => true, 'course-view' => true];
    }

    /**
     * What it shows. Nothing to somebody without a NIP, whom Bangkom can't know.
     *
     * @return stdClass
     */
    public function get_content() {
        global $OUTPUT, $USER;
        if ($this->content === null) {
            $this->content = (object)['text' => '', 'footer' => ''];
            $nip = isloggedin() && !isguestuser() ? trim($USER->idnumber ?? '') : '';
            if ($nip !== '') {
                $card = \block_bangkom\card::of((int)$USER->id, $nip);
                $this->content->text = $OUTPUT->render_from_template('block_bangkom/card', \block_bangkom\view::of($card));
            }
        }
        return $this->content;
    }
}
