// The original design of this system as a yardstick, written for speed: two Gin services with REST between
// them, each membership stored by itself (PFADD and EXPIRE in one round trip), a count as PFCOUNT over the
// 14 daily keys.
//
//	gin-pair es  LISTEN REDIS_ADDRESS
//	gin-pair uss LISTEN ES_BASE_URL
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gomodule/redigo/redis"
)

const windowDays = 14

type membership struct {
	Segment string `json:"segment" binding:"required"`
	UserID  string `json:"user_id" binding:"required"`
}

func dayKey(segment string, daysAgo int) string {
	return segment + ":" + time.Now().UTC().AddDate(0, 0, -daysAgo).Format("2006-01-02")
}

func fail(c *gin.Context, status int, err error) {
	c.JSON(status, gin.H{"error": err.Error()})
}

func frontDoor(es string) *gin.Engine {
	client := &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 1024, DisableCompression: true},
	}
	relay := func(c *gin.Context, answer *http.Response, err error) {
		if err != nil {
			fail(c, http.StatusServiceUnavailable, err)
			return
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			fail(c, http.StatusServiceUnavailable, err)
			return
		}
		c.Data(answer.StatusCode, "application/json", body)
	}
	router := gin.New()
	router.POST("/segment", func(c *gin.Context) {
		var one membership
		if err := c.ShouldBindJSON(&one); err != nil {
			fail(c, http.StatusBadRequest, err)
			return
		}
		body, _ := json.Marshal(one)
		answer, err := client.Post(es+"/segment", "application/json", bytes.NewReader(body))
		relay(c, answer, err)
	})
	router.GET("/segment/:segment", func(c *gin.Context) {
		answer, err := client.Get(es + c.Request.URL.EscapedPath())
		relay(c, answer, err)
	})
	return router
}

func estimation(address string) *gin.Engine {
	pool := &redis.Pool{MaxIdle: 512, MaxActive: 512, Wait: true, Dial: func() (redis.Conn, error) {
		return redis.Dial("tcp", address)
	}}
	router := gin.New()
	router.POST("/segment", func(c *gin.Context) {
		var one membership
		if err := c.ShouldBindJSON(&one); err != nil {
			fail(c, http.StatusBadRequest, err)
			return
		}
		conn := pool.Get()
		defer conn.Close()
		key := dayKey(one.Segment, 0)
		conn.Send("PFADD", key, one.UserID)
		conn.Send("EXPIRE", key, windowDays*86400)
		if _, err := conn.Do(""); err != nil {
			fail(c, http.StatusServiceUnavailable, err)
			return
		}
		c.JSON(http.StatusAccepted, gin.H{"status": "accepted"})
	})
	router.GET("/segment/:segment", func(c *gin.Context) {
		conn := pool.Get()
		defer conn.Close()
		keys := make([]interface{}, windowDays)
		for day := range keys {
			keys[day] = dayKey(c.Param("segment"), day)
		}
		count, err := redis.Int64(conn.Do("PFCOUNT", keys...))
		if err != nil {
			fail(c, http.StatusServiceUnavailable, err)
			return
		}
		c.JSON(http.StatusOK, gin.H{"segment": c.Param("segment"), "user_count": count})
	})
	return router
}

func main() {
	gin.SetMode(gin.ReleaseMode)
	role, listen, upstream := os.Args[1], os.Args[2], os.Args[3]
	if role == "uss" {
		log.Fatal(frontDoor(upstream).Run(listen))
	}
	log.Fatal(estimation(upstream).Run(listen))
}
