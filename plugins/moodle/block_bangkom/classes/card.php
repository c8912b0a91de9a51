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

namespace block_bangkom;

use local_bangkom\{answer, bridge};

/**
 * Fetches a person's card. Kept for five minutes; a failure is kept for one, for everybody, so that a portal that is down
 * delays one page in a minute, and that by two seconds.
 *
 * @package    block_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class card {
    /** @var int Milliseconds that a page may wait. */
    private const WITHIN = 2000;

    /** @var int Seconds that a failure is kept. */
    private const FAILURE_KEPT = 60;

    /** @var string The key of the failure, which is everybody's. */
    private const DOWN = 'down';

    /**
     * The card of a person.
     *
     * @param int $userid
     * @param string $nip
     * @param bridge|null $bridge by default that of the settings
     * @param \Closure|null $get takes address, headers and milliseconds, gives an answer; by default Moodle's cURL
     * @return array state (ok, unknown, down) and, where it is ok, card
     */
    public static function of(int $userid, string $nip, ?bridge $bridge = null, ?\Closure $get = null): array {
        $cache = \cache::make('block_bangkom', 'cards');
        $language = str_starts_with(current_language(), 'id') ? 'id' : 'en';
        $key = $userid . '_' . $language . '_' . sha1($nip);
        $kept = $cache->get($key);
        if ($kept !== false) {
            return $kept;
        }
        if ((int)$cache->get(self::DOWN) > time()) {
            return ['state' => 'down'];
        }
        $card = self::fetch($nip, $language, $bridge ?? bridge::of_settings(), $get ?? bridge::get(...));
        if ($card['state'] === 'down') {
            $cache->set(self::DOWN, time() + self::FAILURE_KEPT);
        } else {
            $cache->set($key, $card);
        }
        return $card;
    }

    /**
     * Fetch it: a token for the person from the bridge, then the card from the portal.
     *
     * @param string $nip
     * @param string $language
     * @param bridge $bridge
     * @param \Closure $get
     * @return array
     */
    private static function fetch(string $nip, string $language, bridge $bridge, \Closure $get): array {
        $until = microtime(true) + self::WITHIN / 1000;
        $token = $bridge->call('/site/tokens', json_encode(['nip' => $nip]), self::WITHIN);
        if ($token->code() === 'lms.unknown_person') {
            return ['state' => 'unknown'];
        }
        $portal = trim((string)get_config('local_bangkom', 'portalurl')) ?: (string)($token->body['portal'] ?? '');
        $left = (int)(($until - microtime(true)) * 1000);
        if (!$token->ok() || $portal === '' || $left < 50) {
            return ['state' => 'down'];
        }
        $bearer = 'Authorization: Bearer ' . ($token->body['token'] ?? '');
        $headers = [$bearer, "Accept-Language: $language", 'Accept: application/json'];
        $card = $get(rtrim($portal, '/') . '/card.json', $headers, $left);
        return $card->ok() && isset($card->body['target']) ? ['state' => 'ok', 'card' => $card->body] : ['state' => 'down'];
    }
}
